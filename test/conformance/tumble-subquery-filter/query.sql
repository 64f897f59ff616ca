CREATE TABLE t (id INT, k STRING, v INT, d DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND);
SELECT kk, window_start, s, s * 2 AS s2, s / NULLIF(n,0) AS r FROM (SELECT UPPER(k) AS kk, window_start, window_end, SUM(v) AS s, COUNT(*) AS n FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND) GROUP BY UPPER(k), window_start, window_end) WHERE s > 5;
