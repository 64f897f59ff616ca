CREATE TABLE t (k STRING, c INT, d DECIMAL(19, 9), s STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
SELECT k, we, a FROM (SELECT k, window_end AS we, MAX(c) AS a, MAX(ts) AS u FROM HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '4' SECOND) GROUP BY window_start, window_end, k);
