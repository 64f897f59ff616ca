CREATE TABLE t (d DOUBLE, n DOUBLE, e DOUBLE, f FLOAT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
SELECT LEAST(n, d) AS a, LEAST(d, n) AS b, GREATEST(n, d) AS c, GREATEST(d, n) AS g, LEAST(e, n, d) AS h, LEAST(d, n, e) AS i, GREATEST(e, n, d) AS j, GREATEST(d, n, e) AS k,
  LEAST(n, f) AS l, GREATEST(f, n) AS m, 1 / GREATEST(e, d) AS o, 1 / LEAST(d, e) AS p
FROM t;
