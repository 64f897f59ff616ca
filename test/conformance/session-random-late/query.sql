CREATE TABLE t (id INT, k STRING, v INT, d DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND);
SELECT k, window_start, window_end, window_time, COUNT(*) AS n, SUM(v) AS s, MIN(d) AS lo, MAX(v) AS hi, AVG(d) AS a, COUNT(DISTINCT v) AS c FROM SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL '5' SECOND) GROUP BY k, window_start, window_end, window_time;
