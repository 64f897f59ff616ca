-- The rule of `npm run bench:sql` with ten operators and more: two scans' worth of filters, projections with LIKE, CASE
-- and CAST, two windows over one another with HAVING, a union, and a filter and projection of its result.
CREATE TABLE readings (
  device STRING, site STRING, status STRING, code INT, temperature DOUBLE, vibration DOUBLE, ts TIMESTAMP(3),
  WATERMARK FOR ts AS ts - INTERVAL '1' SECOND
);

CREATE VIEW cleaned AS
SELECT device, UPPER(site) AS site, ts, temperature, vibration,
  CASE WHEN temperature > 90 THEN 'hot' WHEN temperature < 10 THEN 'cold' ELSE 'normal' END AS level,
  CAST(code AS STRING) AS code
FROM readings
WHERE status LIKE 'ok%' AND temperature IS NOT NULL;

CREATE VIEW per_device AS
SELECT device, site, level, window_time AS wt, COUNT(*) AS n, AVG(temperature) AS mean,
  MAX(vibration) AS peak
FROM TUMBLE(TABLE cleaned, DESCRIPTOR(ts), INTERVAL '1' SECOND)
WHERE code LIKE '%7' OR code LIKE '1%'
GROUP BY device, site, level, window_start, window_end, window_time
HAVING COUNT(*) > 1;

SELECT site, kind, window_start, CAST(n AS STRING) AS n, figure
FROM (
  SELECT site, level AS kind, window_start, SUM(n) AS n, MAX(peak) AS figure
  FROM TUMBLE(TABLE per_device, DESCRIPTOR(wt), INTERVAL '10' SECOND)
  GROUP BY site, level, window_start, window_end
  UNION ALL
  SELECT UPPER(site), 'broken', window_start, COUNT(*), MIN(temperature)
  FROM TUMBLE(TABLE readings, DESCRIPTOR(ts), INTERVAL '10' SECOND)
  WHERE status NOT LIKE 'ok%'
  GROUP BY UPPER(site), window_start, window_end
)
WHERE kind <> 'cold';
