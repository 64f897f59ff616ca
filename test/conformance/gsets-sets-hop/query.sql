CREATE TABLE t (id INT, k STRING, v INT, d DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND);
SELECT k, v, window_start, window_end, COUNT(*) AS n, SUM(d) AS s, GROUPING(k) AS gk, GROUPING(v) AS gv, GROUPING_ID(k, v) AS gid FROM HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '10' SECOND) GROUP BY window_start, window_end, GROUPING SETS ((k, v), (k), (v), ());
