CREATE TABLE t (id INT NOT NULL, k STRING, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND);
SELECT k, window_start, window_end, window_time, COUNT(*) AS n, MIN(window_start) AS u FROM SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL '8' SECOND) WHERE v > 3 GROUP BY k, window_start, window_end, window_time HAVING MAX(window_end) IS NOT NULL OR COUNT(*) > 0;
