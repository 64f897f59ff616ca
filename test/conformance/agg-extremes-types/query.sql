CREATE TABLE t (k STRING, n INT NOT NULL, i INT, r1 ROW<d DOUBLE>, r2 ROW<d DOUBLE>, ra ROW<a ARRAY<INT>>, rb ROW<a ARRAY<INT>>, rm ROW<m MAP<STRING,INT>>, rn ROW<m MAP<STRING,INT>>, rr ROW<r ROW<x INT, s STRING>>, rs ROW<r ROW<x INT, s STRING>>, a ARRAY<INT>, m MAP<STRING,INT>, r ROW<x INT, y STRING>, by1 BYTES, dt DATE, tm TIME(3), b BOOLEAN, ts6 TIMESTAMP(6), lz TIMESTAMP_LTZ(3), dc DECIMAL(20,2), ti TINYINT, si SMALLINT, f FLOAT, c CHAR(3), ms MULTISET<STRING>, s STRING, dd DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
SELECT
  k, window_start, window_end,
  MIN(dt) AS a1,
  MIN(tm) AS a2,
  MIN(b) AS a3,
  MIN(ts6) AS a4,
  MIN(lz) AS a5,
  MIN(dc) AS a6,
  MIN(ti) AS a7,
  MIN(si) AS a8,
  MIN(f) AS a9,
  MIN(s) AS a10,
  MIN(c) AS a11,
  MAX(dt) AS a12,
  MAX(tm) AS a13,
  MAX(b) AS a14,
  MAX(ts6) AS a15,
  MAX(lz) AS a16,
  MAX(dc) AS a17,
  MAX(ti) AS a18,
  MAX(si) AS a19,
  MAX(f) AS a20,
  MAX(s) AS a21,
  MAX(c) AS a22
FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND)
GROUP BY k, window_start, window_end;
