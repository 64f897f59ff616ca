CREATE TABLE t (k STRING, c SMALLINT, i INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
CREATE VIEW v AS SELECT k, window_start AS ws, window_time AS rt, AVG(c) AS a, STDDEV_POP(i) AS d FROM HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '1' SECOND, INTERVAL '2' SECOND) GROUP BY k, window_start, window_end, window_time;
SELECT ws, a, COUNT(*) AS n FROM TUMBLE(TABLE v, DESCRIPTOR(rt), INTERVAL '10' SECOND) GROUP BY window_start, window_end, ws, a;
