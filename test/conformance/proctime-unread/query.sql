CREATE TABLE t (id INT, proctime AS PROCTIME(), k STRING, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND);
SELECT k, window_start, window_end, COUNT(*) AS n, SUM(v) AS s, MAX(id) AS m FROM HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '10' SECOND) WHERE v > 0 GROUP BY k, window_start, window_end;
