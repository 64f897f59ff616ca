CREATE TABLE t (k INT, d DOUBLE, f FLOAT, b BIGINT, c DECIMAL(10,2), s TINYINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
SELECT k, b + 0 AS a, b - 0 AS b, b * 1 AS c, b / 1 AS d, 0 + b AS e, 1 * b AS f, k + 0 AS g, k * 1 AS h, s + CAST(0 AS TINYINT) AS i, s + 0 AS j, s * 1 AS l, k + CAST(0 AS BIGINT) AS m, b / 1.0 AS n, c * CAST(1 AS DECIMAL(1, 0)) AS o FROM t;
