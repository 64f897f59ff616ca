CREATE TABLE t (id INT, k STRING, v INT, d DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND);
SELECT k, window_time, COUNT(*) AS n FROM HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '10' SECOND) GROUP BY k, window_start, window_end, window_time HAVING COUNT(*) > 1 ORDER BY window_time, COUNT(*) DESC, window_start, k;
