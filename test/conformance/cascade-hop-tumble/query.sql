CREATE TABLE t (id INT, k STRING, v INT, d DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND);
CREATE VIEW p AS SELECT window_time AS wt, k, COUNT(*) AS n FROM HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '15' SECOND) GROUP BY k, window_start, window_end, window_time;
SELECT window_start, window_end, k, SUM(n) AS n, COUNT(*) AS parts FROM TUMBLE(TABLE p, DESCRIPTOR(wt), INTERVAL '20' SECOND) GROUP BY k, window_start, window_end;
