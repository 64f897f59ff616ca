CREATE TABLE t (i INT, l BIGINT, n INT NOT NULL, s STRING, d DOUBLE, dc DECIMAL(5,2), b BOOLEAN, a ARRAY<INT>, aa ARRAY<ARRAY<STRING>>, an ARRAY<INT NOT NULL> NOT NULL, m MAP<STRING, INT>, r ROW<x INT, y ROW<z STRING, w ARRAY<INT>>>, rn ROW<x INT NOT NULL, y STRING> NOT NULL, ms MULTISET<STRING>, ar ARRAY<ROW<p INT, q STRING>>, ts TIMESTAMP(3));
SELECT
  MAP[s, i] AS c1,
  MAP[CAST(NULL AS STRING), 1] AS c2,
  MAP['a', 1, 'a', 2] AS c3,
  MAP[1, 'x', 2, 'yy'] AS c4,
  MAP[i, s, n, s] AS c5,
  ROW(i, s) AS c6,
  (i, s) AS c7,
  (1, 2) AS c8,
  ROW(i, ROW(s, d)) AS c9,
  ROW(1) AS c10,
  CAST(ROW(1,'a') AS ROW<f INT, g STRING>) AS c11,
  CAST(ROW(1,'a') AS ROW<f INT, g STRING>).g AS c12,
  CAST((1,'a') AS ROW<f STRING, g STRING>) AS c13,
  ARRAY[1, CAST(NULL AS INT), 3][2] AS c14,
  MAP['a', 1]['a'] AS c15
FROM t;
