CREATE TABLE t (id INT, k STRING, v INT, d DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND);
SELECT k, v > 5 AS big, window_start, window_end, COUNT(*) AS n, GROUPING_ID(v > 5, k) AS gid FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND) GROUP BY window_start, window_end, CUBE (k, v > 5) HAVING GROUPING(k) = 1 OR COUNT(*) > 2;
