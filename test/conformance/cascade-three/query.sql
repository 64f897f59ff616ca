CREATE TABLE t (id INT, k STRING, v INT, d DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND);
CREATE VIEW per5 AS SELECT k, window_time AS wt, SUM(v) AS s, COUNT(*) AS n FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND) GROUP BY k, window_start, window_end, window_time;
CREATE VIEW per10 AS SELECT k, window_time AS wt2, MAX(s) AS m, SUM(n) AS n FROM TUMBLE(TABLE per5, DESCRIPTOR(wt), INTERVAL '10' SECOND) GROUP BY k, window_start, window_end, window_time;
SELECT window_start, window_end, MAX(m) AS m, SUM(n) AS n, COUNT(*) AS parts FROM TUMBLE(TABLE per10, DESCRIPTOR(wt2), INTERVAL '30' SECOND) GROUP BY window_start, window_end;
