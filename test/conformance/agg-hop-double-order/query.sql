CREATE TABLE t (k STRING, d DOUBLE, f FLOAT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
SELECT k, window_start, STDDEV_POP(d) AS sp, SUM(d) AS s, AVG(d) AS a, SUM(f) AS sf, AVG(f) AS af, COUNT(DISTINCT d) AS cd, MIN(d) AS mn, MAX(f) AS mx FROM HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '30' SECOND) GROUP BY k, window_start, window_end;
