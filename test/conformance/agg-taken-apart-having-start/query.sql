CREATE TABLE t (k STRING NOT NULL, s STRING, i INT NOT NULL, b BIGINT, m INT, x DOUBLE, j BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
SELECT k, MIN(window_start) AS a, MAX(window_end) AS z, window_start AS w, SUM(i) AS q
FROM SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL '0.600' SECOND) GROUP BY k, window_start, window_end HAVING SUM(i) > 2 AND MIN(window_start) < MAX(window_end);
