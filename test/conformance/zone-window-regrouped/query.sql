CREATE TABLE t (id INT, ms BIGINT, x STRING, p TIMESTAMP(3), d DATE, ts AS TO_TIMESTAMP_LTZ(ms, 3), WATERMARK FOR ts AS ts - INTERVAL '1' HOUR);
SELECT window_start, window_end, SUM(n) AS n FROM (SELECT window_start, window_end, id, COUNT(*) AS n FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' HOUR) GROUP BY window_start, window_end, id) GROUP BY window_start, window_end;
