CREATE TABLE t (k STRING, j STRING, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
SELECT k, j, GROUPING_ID(k, j) AS g, COUNT(*) AS n, SUM(v) AS s
FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND)
GROUP BY window_start, window_end, GROUPING SETS ((k, j), (j), (k), (j), (), (), ());
