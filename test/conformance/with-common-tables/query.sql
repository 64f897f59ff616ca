CREATE TABLE t (k STRING, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND);
CREATE VIEW positive AS SELECT k, v, ts FROM t WHERE v > 0;
WITH doubled AS (SELECT k, v * 2 AS w, ts FROM positive),
  named (key_name, w, event_time) AS (SELECT k, w, ts FROM (SELECT * FROM doubled WHERE w < 100) AS small)
SELECT key_name, window_start, COUNT(*) AS n, SUM(w) AS s
FROM TUMBLE(TABLE named, DESCRIPTOR(event_time), INTERVAL '5' SECOND)
GROUP BY key_name, window_start, window_end;
