CREATE TABLE t (id INT, k STRING, v INT, d DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND);
CREATE VIEW p AS SELECT k, v, window_start, window_end, window_time FROM SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL '4' SECOND) WHERE v > 3;
SELECT k, window_start, window_end, window_time, COUNT(*) AS n FROM p WHERE window_end > TIMESTAMP '2024-01-01 00:00:05' GROUP BY k, window_start, window_end, window_time;
