CREATE TABLE t (i INT, l BIGINT, n INT NOT NULL, s STRING, d DOUBLE, dc DECIMAL(5,2), b BOOLEAN, a ARRAY<INT>, aa ARRAY<ARRAY<STRING>>, an ARRAY<INT NOT NULL> NOT NULL, m MAP<STRING, INT>, r ROW<x INT, y ROW<z STRING, w ARRAY<INT>>>, rn ROW<x INT NOT NULL, y STRING> NOT NULL, ms MULTISET<STRING>, ar ARRAY<ROW<p INT, q STRING>>, ts TIMESTAMP(3));
SELECT
  ARRAY[1, 2.5] AS c1,
  ARRAY[1, NULL] AS c2,
  ARRAY[s, 'abc'] AS c3,
  ARRAY['a', 'abc'] AS c4,
  ARRAY[i, l] AS c5,
  ARRAY[i, n] AS c6,
  ARRAY[n, 1] AS c7,
  ARRAY[i, d] AS c8,
  ARRAY[i, dc] AS c9,
  ARRAY[a, an] AS c10,
  ARRAY[r] AS c11,
  ARRAY[ROW(1,'a'), ROW(2,'bcd')] AS c12,
  ARRAY[ROW(1,'a'), ROW(2.5,'bcd')] AS c13,
  ARRAY[CAST(NULL AS INT)] AS c14,
  MAP['a', 1, 'bcd', 2.5] AS c15
FROM t;
