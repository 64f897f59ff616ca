CREATE TABLE t (id INT, k STRING, v INT, d DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND);
SELECT k, window_start, window_end, COUNT(*) AS n, MAX(window_time) AS m, COUNT(DISTINCT v) AS dv, SUM(v) AS s FROM SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL '3' SECOND) WHERE EXTRACT(SECOND FROM window_start) < 40 GROUP BY k, window_start, window_end;
