CREATE TABLE t (i INT, l BIGINT, n INT NOT NULL, s STRING, d DOUBLE, dc DECIMAL(5,2), b BOOLEAN, a ARRAY<INT>, aa ARRAY<ARRAY<STRING>>, an ARRAY<INT NOT NULL> NOT NULL, m MAP<STRING, INT>, r ROW<x INT, y ROW<z STRING, w ARRAY<INT>>>, rn ROW<x INT NOT NULL, y STRING> NOT NULL, ms MULTISET<STRING>, ar ARRAY<ROW<p INT, q STRING>>, ts TIMESTAMP(3));
SELECT
  r.x AS c1,
  r.y.z AS c2,
  r.y.w[2] AS c3,
  t.r.y.z AS c4,
  t.rn.x AS c5,
  rn.x AS c6,
  rn AS c7,
  r AS c8,
  a[1] AS c9,
  a[2] AS c10,
  a[n] AS c11,
  a[i] AS c12,
  aa[1][2] AS c13,
  an[1] AS c14,
  an[9] AS c15
FROM t;
