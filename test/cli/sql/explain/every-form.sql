CREATE TABLE t (k STRING, b BOOLEAN, d DOUBLE, m DECIMAL(10, 2), x BYTES, born DATE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);

SELECT k, window_start, window_end,
  CASE WHEN NOT b THEN -d WHEN d IS NULL THEN 1.5E0 ELSE ABS(d) END AS c,
  TRY_CAST(k AS INT) AS i, m * 2 + 0.25 AS m, born + INTERVAL '2' MONTH AS later,
  ts - INTERVAL '90' MINUTE AS earlier, x = X'0aff' AS same, COALESCE(k, 'it''s') AS k2,
  CURRENT_WATERMARK(ts) AS w
FROM CUMULATE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' MINUTE, INTERVAL '1' HOUR)
WHERE (d > 1 OR b) AND k IN ('a', 'b') AND (d + 1) * 2 < 7 AND born >= DATE '2024-01-31' AND b IS NOT FALSE;

SELECT k, b, GROUPING(k) AS g, COUNT(*) FILTER (WHERE d > 2 OR b) AS n, LISTAGG(k) AS l
FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' DAY, INTERVAL '8' HOUR)
GROUP BY GROUPING SETS ((k, window_start, window_end), (b, window_start, window_end));
