CREATE TABLE t (n DOUBLE, d DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
SELECT n, d, NOT (n < d) AS a, NOT (n >= d) AS b, n NOT BETWEEN d AND d AS c, n NOT BETWEEN SYMMETRIC 10 AND d AS c2, NOT (n < d OR n >= d) AS e, n NOT IN (d, 1) AS f,
  NOT (n = d) AS g, NOT (n <> d) AS h, NOT (NOT (n < d)) AS i, (n < d) IS NOT TRUE AS j, (n < d) IS FALSE AS l,
  CASE WHEN n < d THEN 1 WHEN NOT (n < d) THEN 2 ELSE 3 END AS m
FROM t;
