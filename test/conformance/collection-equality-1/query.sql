CREATE TABLE t (i INT, n INT NOT NULL, a ARRAY<INT>, a2 ARRAY<INT>, al ARRAY<BIGINT>, ad ARRAY<DOUBLE>, ad2 ARRAY<DOUBLE>, sa ARRAY<STRING>, sa2 ARRAY<STRING>, aa ARRAY<ARRAY<INT>>, aa2 ARRAY<ARRAY<INT>>, m MAP<STRING, INT>, m2 MAP<STRING, INT>, md MAP<STRING, DOUBLE>, md2 MAP<STRING, DOUBLE>, r ROW<x INT, y STRING>, r2 ROW<x INT, y STRING>, r3 ROW<p INT, q STRING>, rl ROW<x BIGINT, y STRING>, ms MULTISET<STRING>, ms2 MULTISET<STRING>, ar ARRAY<ROW<x INT, y STRING>>, ar2 ARRAY<ROW<x INT, y STRING>>);
SELECT
  a = a2 AS c1,
  a <> a2 AS c2,
  a = al AS c3,
  ad = ad2 AS c4,
  ad <> ad2 AS c5,
  sa = sa2 AS c6,
  aa = aa2 AS c7,
  r = r2 AS c8,
  r <> r2 AS c9,
  r = r3 AS c10,
  r = rl AS c11,
  r <> rl AS c12,
  ar = ar2 AS c13
FROM t;
