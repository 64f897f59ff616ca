CREATE TABLE t (k STRING NOT NULL, s STRING, i INT NOT NULL, b BIGINT, c TINYINT, x DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
SELECT k, MAX(window_start) AS m, MIN(DISTINCT window_end) AS e, FIRST_VALUE(window_time) AS f, VAR_POP(x) AS v, LISTAGG(s) AS l
FROM HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '1' SECOND, INTERVAL '2' SECOND)
GROUP BY k, window_start, window_end, window_time;
