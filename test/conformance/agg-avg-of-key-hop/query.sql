CREATE TABLE t (b BIGINT, d DOUBLE, i INT, f FLOAT, m DECIMAL(22, 2), n INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
SELECT window_start, AVG(b) AS ab, AVG(d) AS ad, AVG(i) AS ai, AVG(f) AS af, AVG(m) AS am, SUM(n) AS s, AVG(b) FILTER (WHERE n > 1) AS fb FROM HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '4' SECOND) GROUP BY window_start, window_end, b, d, i, f, m;
