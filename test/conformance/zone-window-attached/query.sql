CREATE TABLE t (id INT, ms BIGINT, x STRING, p TIMESTAMP(3), d DATE, ts AS TO_TIMESTAMP_LTZ(ms, 3), WATERMARK FOR ts AS ts - INTERVAL '1' HOUR);
SELECT window_start, window_end, window_time, LISTAGG(CAST(window_time AS STRING)) AS l, COUNT(*) AS n FROM (SELECT * FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '2' HOUR)) GROUP BY window_start, window_end, window_time;
