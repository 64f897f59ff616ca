CREATE TABLE t (id INT, k STRING, v INT, d DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND);
CREATE VIEW per5 AS SELECT k, window_time AS wt, SUM(v) AS s, COUNT(*) AS n FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND) GROUP BY k, window_start, window_end, window_time;
SELECT k, window_start, window_end, SUM(s) AS s, SUM(n) AS n, COUNT(*) AS parts FROM HOP(TABLE per5, DESCRIPTOR(wt), INTERVAL '10' SECOND, INTERVAL '20' SECOND) GROUP BY k, window_start, window_end;
