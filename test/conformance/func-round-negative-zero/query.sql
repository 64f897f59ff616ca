CREATE TABLE t (d DOUBLE, f FLOAT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
SELECT d, 1 / ROUND(d) AS a, 1 / TRUNCATE(d) AS b, 1 / CEIL(d) AS c, 1 / ROUND(f) AS e, 1 / TRUNCATE(f) AS f2, 1 / ABS(d) AS g, 1 / (- d) AS h, 1 / SIGN(d) AS i, CAST(ROUND(d, 1) AS STRING) AS k FROM t;
