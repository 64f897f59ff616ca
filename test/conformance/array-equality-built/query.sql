CREATE TABLE t (i INT, n INT NOT NULL, d DOUBLE, e DOUBLE, s STRING, a ARRAY<INT>, aa ARRAY<ARRAY<INT>>, r ROW<a ARRAY<INT>>);
SELECT
  a = ARRAY_REVERSE(ARRAY_REVERSE(a)) AS c1,
  ARRAY_REVERSE(a) = ARRAY_REVERSE(a) AS c2,
  aa = ARRAY[ARRAY[n, i]] AS c3,
  aa[1] = ARRAY[n, i] AS c4,
  r.a = ARRAY[n, i] AS c5,
  r = ROW(ARRAY[n, i]) AS c6,
  SPLIT(s, ',') = SPLIT(s, ',') AS c7
FROM t;
