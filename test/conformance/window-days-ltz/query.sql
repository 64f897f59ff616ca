CREATE TABLE t (id INT, ms BIGINT, ts AS TO_TIMESTAMP_LTZ(ms, 3), WATERMARK FOR ts AS ts - INTERVAL '1' HOUR);
SELECT window_start, window_end, window_time, COUNT(*) AS n, MIN(ts) AS lo, MAX(ts) AS hi FROM HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '12' HOUR, INTERVAL '1' DAY, INTERVAL '1' HOUR) GROUP BY window_start, window_end, window_time;
