CREATE TABLE t (id INT, k STRING, v INT, d DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
SELECT k, SUM(8 / (id - 3)) AS s FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND) GROUP BY window_start, window_end, GROUPING SETS ((id), (k, id)) HAVING id < 3;
