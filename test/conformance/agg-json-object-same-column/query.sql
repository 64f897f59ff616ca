CREATE TABLE t (k STRING, s STRING, t STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND);
CREATE VIEW v AS SELECT k, s AS x, s AS y, window_start, window_end FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND) WHERE s <> 'q';
SELECT k, window_start,
  JSON_OBJECTAGG(KEY x VALUE y) AS a1
FROM v GROUP BY k, window_start, window_end;
