CREATE TABLE t (d DOUBLE, i INT, b BYTES, s STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
SELECT IFNULL(1, d) AS a, COALESCE(1, d) AS b, IFNULL(i, d) AS c, IFNULL(x'ff00ff', b) AS e, IFNULL('ab', s) AS f, IFNULL(s, 'none') AS g, IFNULL(i, 2.5) AS h FROM t;
