CREATE TABLE t (k STRING, c INT, d DECIMAL(19, 9), s STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
SELECT k, we, a FROM (SELECT k, window_end AS we, FIRST_VALUE(c) AS a, MAX(c * 2) AS u FROM HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '4' SECOND) WHERE s <> 'z' GROUP BY window_start, window_end, k);
