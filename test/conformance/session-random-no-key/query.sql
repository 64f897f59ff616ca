CREATE TABLE t (id INT, k STRING, v INT, d DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND);
SELECT window_start, window_end, COUNT(*) AS n, SUM(v) AS s, MIN(d) AS lo, MAX(v) AS hi, AVG(d) AS a, COUNT(DISTINCT v) AS c FROM SESSION(TABLE t, DESCRIPTOR(ts), INTERVAL '3' SECOND) GROUP BY window_start, window_end;
