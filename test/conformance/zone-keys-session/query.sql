CREATE TABLE t (id INT, k STRING, ms BIGINT, ts AS TO_TIMESTAMP_LTZ(ms, 3), WATERMARK FOR ts AS ts - INTERVAL '10' MINUTE);
SELECT k, window_start, window_end, window_time, COUNT(*) AS n, SUM(id) AS s FROM SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL '20' MINUTE) GROUP BY k, window_start, window_end, window_time;
