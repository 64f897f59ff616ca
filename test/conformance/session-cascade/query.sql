CREATE TABLE t (id INT, k STRING, v INT, d DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND);
CREATE VIEW p AS SELECT k, window_time AS wt, COUNT(*) AS n FROM SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL '3' SECOND) GROUP BY k, window_start, window_end, window_time;
SELECT window_start, window_end, COUNT(*) AS sessions, SUM(n) AS n FROM TUMBLE(TABLE p, DESCRIPTOR(wt), INTERVAL '20' SECOND) GROUP BY window_start, window_end;
