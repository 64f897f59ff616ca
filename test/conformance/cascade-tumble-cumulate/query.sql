CREATE TABLE t (id INT, k STRING, v INT, d DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND);
CREATE VIEW p AS SELECT window_time AS wt, k, AVG(d) AS a FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND) GROUP BY k, window_start, window_end, window_time HAVING COUNT(*) > 1;
SELECT window_start, window_end, COUNT(*) AS n, MAX(a) AS m FROM CUMULATE(TABLE p, DESCRIPTOR(wt), INTERVAL '10' SECOND, INTERVAL '30' SECOND) GROUP BY window_start, window_end;
