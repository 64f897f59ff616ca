CREATE TABLE t (d DOUBLE, e DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
SELECT d, d = d AS eq, d <> d AS ne, d < d AS lt, d <= d AS le, d > d AS gt, d >= d AS ge, d IS DISTINCT FROM d AS di, d IS NOT DISTINCT FROM d AS nd,
  NULLIF(d, d) AS nu, CASE d WHEN d THEN 'same' ELSE 'other' END AS ca, d BETWEEN d AND d AS bt,
  d = e AS eq2, d <> e AS ne2, d < e AS lt2, d >= e AS ge2, d IS DISTINCT FROM e AS di2, NULLIF(d, e) AS nu2
FROM t;
