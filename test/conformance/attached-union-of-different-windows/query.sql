CREATE TABLE t (id INT, k STRING, v INT, d DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND);
SELECT window_start, window_end, COUNT(*) AS n FROM (SELECT window_start, window_end FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND) UNION ALL SELECT window_start, window_end FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '6' SECOND)) GROUP BY window_start, window_end;
