CREATE TABLE t (id INT, k STRING, v INT, d DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND);
SELECT k, v, d, window_start, window_end, COUNT(*) AS n, GROUPING_ID(k, v, d) AS g FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND) GROUP BY k, window_start, window_end, GROUPING SETS ((v), ()), ROLLUP (d);
