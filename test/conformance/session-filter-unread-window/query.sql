CREATE TABLE t (id INT, k STRING, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND);
SELECT k, window_start, window_end, n FROM (SELECT k, window_start, window_end, COUNT(*) AS n, MAX(window_start) AS unread FROM SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL '8' SECOND) WHERE v > 3 GROUP BY k, window_start, window_end);
