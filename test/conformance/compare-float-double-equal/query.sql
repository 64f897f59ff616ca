CREATE TABLE t (id INT, f FLOAT, x DOUBLE, b BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
SELECT id, f = x AS a, f <> x AS b, x = f AS c, x <> f AS d, f > x AS e, f >= x AS g, f < x AS h, f IS DISTINCT FROM x AS i, f IS NOT DISTINCT FROM x AS j,
  f = 1E-1 AS k, 1E-1 = f AS l, f <> 1E-1 AS m, f > 1E-1 AS n, f = 1.6777217E7 AS o, f = CAST('0.1' AS DOUBLE) AS p, f = 0.1 AS q, f = x + 0 AS r, f IN (x, 3E0) AS s, f NOT IN (x) AS t, x IN (f) AS u,
  NULLIF(f, x) AS v, NULLIF(x, f) AS w, CASE f WHEN 1E-1 THEN 1 WHEN x THEN 2 END AS y, (f, 1) = (x, 1) AS z, f BETWEEN x AND x AS ab, CAST(f AS DOUBLE) = 1E-1 AS ac, (f = 1E-1 OR f = 1.5E0) AS ad, f = b AS ae, f = 1E-50 AS af
FROM t WHERE f <> 2.5E0 OR f IS NULL;
