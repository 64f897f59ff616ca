CREATE TABLE t (id INT, k STRING, v INT, d DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND);
CREATE VIEW p AS SELECT k, window_time AS wt, COUNT(*) AS n FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '2' SECOND) GROUP BY k, window_start, window_end, window_time;
SELECT k, window_start, window_end, COUNT(*) AS parts, SUM(n) AS n FROM SESSION(TABLE p PARTITION BY k, DESCRIPTOR(wt), INTERVAL '4' SECOND) GROUP BY k, window_start, window_end;
