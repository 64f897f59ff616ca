CREATE TABLE t (id INT, ts TIMESTAMP(3), l TIMESTAMP_LTZ(3), WATERMARK FOR ts AS ts - INTERVAL '1' DAY);
CREATE VIEW d AS SELECT 'day' AS what, window_start, window_end, COUNT(*) AS n FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' DAY) GROUP BY window_start, window_end;
CREATE VIEW o AS SELECT 'shifted' AS what, window_start, window_end, COUNT(*) AS n FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' DAY, INTERVAL '-6' HOUR) GROUP BY window_start, window_end;
CREATE VIEW w AS SELECT 'week' AS what, window_start, window_end, COUNT(*) AS n FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '7' DAY) GROUP BY window_start, window_end;
SELECT * FROM d UNION ALL SELECT * FROM o UNION ALL SELECT * FROM w;
