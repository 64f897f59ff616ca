CREATE TABLE t (id INT NOT NULL, k STRING, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND);
SELECT k, window_start, window_end, COUNT(COALESCE(window_start, window_end)) AS n FROM SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL '8' SECOND) WHERE v > 3 GROUP BY k, window_start, window_end;
