CREATE TABLE t (k STRING, d DECIMAL(38, 18), v DOUBLE, f FLOAT, n INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
SELECT window_start, k, SUM(d) AS sd, SUM(v) AS sv, SUM(f) AS sf, AVG(d) AS ad, SUM(d) FILTER (WHERE n > 3) AS fd FROM HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '1' SECOND, INTERVAL '10' SECOND) GROUP BY window_start, window_end, k;
