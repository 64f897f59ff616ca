CREATE TABLE t (k STRING, s STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' DAY);
SELECT
  k, window_start, window_end,
  LISTAGG(s) AS a1,
  ARRAY_AGG(s) AS a2,
  COUNT(*) AS a3
FROM SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL '3' SECOND)
GROUP BY k, window_start, window_end;
