CREATE TABLE t (id INT, k STRING, v INT, d DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND);
CREATE VIEW p AS SELECT k, v, window_start AS ws, window_end AS we, window_time AS wt FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND);
SELECT window_start, window_end, COUNT(*) AS n FROM TUMBLE(TABLE p, DESCRIPTOR(wt), INTERVAL '10' SECOND) GROUP BY window_start, window_end;
