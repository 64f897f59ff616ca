CREATE TABLE t (id INT, k STRING, v INT, d DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND);
CREATE VIEW a AS SELECT k, v, window_start, window_end, COUNT(*) AS n FROM CUMULATE(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '15' SECOND) GROUP BY k, v, window_start, window_end;
CREATE VIEW b AS SELECT k, window_start AS ws, window_end AS we, SUM(n) AS n, MAX(v) AS m FROM a GROUP BY k, window_start, window_end HAVING COUNT(*) > 1;
SELECT ws, we, SUM(n) AS n, MAX(m) AS m, COUNT(k) AS keys FROM b GROUP BY ws, we;
