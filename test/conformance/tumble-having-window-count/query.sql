CREATE TABLE t (id INT NOT NULL, k STRING, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND);
SELECT k, window_start, window_end, COUNT(*) AS n FROM (SELECT * FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND)) WHERE v > 3 GROUP BY k, window_start, window_end HAVING window_start > TIMESTAMP '2024-01-01 00:00:05' AND COUNT(window_start) > 0;
