CREATE TABLE t (id INT, k STRING, v INT, d DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND);
CREATE TABLE u (id INT, k STRING, v INT, d DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND);
CREATE VIEW p AS SELECT k, v, window_start, window_end, window_time FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND) UNION ALL SELECT k, v + 100, window_start, window_end, window_time FROM TUMBLE(TABLE u, DESCRIPTOR(ts), INTERVAL '5' SECOND);
SELECT k, window_start, window_end, window_time, COUNT(*) AS n, SUM(v) AS s FROM p GROUP BY k, window_start, window_end, window_time;
