CREATE TABLE t (i INT, l BIGINT, n INT NOT NULL, s STRING, d DOUBLE, dc DECIMAL(5,2), b BOOLEAN, a ARRAY<INT>, aa ARRAY<ARRAY<STRING>>, an ARRAY<INT NOT NULL> NOT NULL, m MAP<STRING, INT>, r ROW<x INT, y ROW<z STRING, w ARRAY<INT>>>, rn ROW<x INT NOT NULL, y STRING> NOT NULL, ms MULTISET<STRING>, ar ARRAY<ROW<p INT, q STRING>>, ts TIMESTAMP(3));
SELECT
  m['k'] AS c1,
  m['q'] AS c2,
  m[s] AS c3,
  m[CAST(NULL AS STRING)] AS c4,
  ar[1].q AS c5,
  ar[1] AS c6,
  ar[2].q AS c7,
  ms AS c8,
  (ROW(i, s)).EXPR$0 AS c9,
  (i, s).EXPR$0 AS c10,
  ROW(i, s).EXPR$1 AS c11,
  rn = ROW(1, 'v') AS c12,
  rn = (1, 'v') AS c13,
  rn IN ((1,'v')) AS c14
FROM t;
