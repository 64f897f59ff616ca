CREATE TABLE t (id INT, a INT, s STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
SELECT id, CASE WHEN a = 0 THEN -1 ELSE 10 / a END AS q, a <> 0 AND 10 / a > 0 AS b, a = 0 OR 10 / a > 0 AS o, IF(a = 0, -1, 10 / a) AS i, a IN (0, 10 / a) AS n, a BETWEEN 5 AND 10 / a AS w, CASE a WHEN 0 THEN 1 WHEN 10 / a THEN 2 END AS c FROM t;
