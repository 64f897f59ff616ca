CREATE TABLE t (id INT, k STRING, ms BIGINT, ts AS TO_TIMESTAMP_LTZ(ms, 3), WATERMARK FOR ts AS ts - INTERVAL '10' MINUTE);
SELECT k, window_start, window_end, window_time, COUNT(*) AS n, SUM(id) AS s FROM CUMULATE(TABLE t, DESCRIPTOR(ts), INTERVAL '30' MINUTE, INTERVAL '4' HOUR) GROUP BY k, window_start, window_end, window_time;
