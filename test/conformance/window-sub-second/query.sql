CREATE TABLE t (id INT, k STRING, v INT, d DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND);
SELECT window_start, window_end, window_time, COUNT(*) AS n FROM HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '0.25' SECOND, INTERVAL '0.5' SECOND, INTERVAL '0.05' SECOND) GROUP BY window_start, window_end, window_time;
