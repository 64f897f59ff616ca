-- The filter on the key goes below the aggregation and the projection, SUM(b) is never read, the constants are folded.
CREATE TABLE t (k STRING, a INT, b INT, unread STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '0.250' SECOND);

CREATE VIEW doubled AS SELECT k || '!' AS k, a * 2 AS a, b + 1 AS b, ts FROM t WHERE a < 2 * 3 + 4;

SELECT k, window_start, n + CAST('1' AS INT) AS n
FROM (
  SELECT k, window_start, COUNT(DISTINCT a) AS n, SUM(b) AS unused
  FROM HOP(TABLE doubled, DESCRIPTOR(ts), INTERVAL '1' SECOND, INTERVAL '1' MINUTE)
  GROUP BY k, window_start, window_end
)
WHERE k <> 'x' AND n > 0 AND TRUE AND NOT (n > 100 OR n = 50);
