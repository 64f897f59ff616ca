CREATE TABLE t (k STRING, a INT, b INT, s STRING, d DOUBLE, d2 DOUBLE, f FLOAT, nn DOUBLE NOT NULL, m DECIMAL(10, 2), ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
SELECT '01' AS c, k, CAST(a AS BIGINT) AS n FROM (SELECT k, a, 1/b AS x FROM t)
UNION ALL SELECT '02', k, n FROM (SELECT k, window_start, COUNT(*) AS n, SUM(1/b) AS x FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE) GROUP BY k, window_start, window_end)
UNION ALL SELECT '03', k, 1 FROM (SELECT k, 1/b AS x FROM t UNION ALL SELECT k, a FROM t)
UNION ALL SELECT '04', k, COUNT(*) FROM TUMBLE((SELECT k, b, 1/b AS x, ts FROM t), DESCRIPTOR(ts), INTERVAL '1' MINUTE) GROUP BY k, window_start, window_end
UNION ALL SELECT '05', k, SUM(n) FROM TUMBLE((SELECT k, window_time AS wt, COUNT(*) AS n, SUM(1/b) AS x, MAX(a) AS y FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' SECOND) GROUP BY k, window_start, window_end, window_time), DESCRIPTOR(wt), INTERVAL '10' SECOND) GROUP BY k, window_start, window_end
UNION ALL SELECT '06', k, x FROM (SELECT k, window_end, MAX(ts) AS m, SUM(a) AS y, COUNT(b) AS x, AVG(1/b) AS z FROM HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '2' MINUTE) GROUP BY k, window_start, window_end);
