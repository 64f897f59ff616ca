CREATE TABLE t (d DOUBLE, f FLOAT, q DECIMAL(10, 2), ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
SELECT d, f, d > 0.5 AS a, d >= 0.5 AS b, d < 0.5 AS c, d <= 0.5 AS e, d = 0.5 AS g, d <> 0.5 AS h, 0.5 < d AS i, 0.5 <= d AS j, 0.5 > d AS k, q < d AS l, q >= f AS m, f > q AS n,
  NOT (d > 0.5) AS o, d BETWEEN 0.5 AND 2.5 AS p, d NOT BETWEEN 0.5 AND 2.5 AS r, d IS DISTINCT FROM 0.5 AS s, d > 0.5E0 AS u, d >= 1 AS v
FROM t;
