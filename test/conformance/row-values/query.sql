CREATE TABLE t (k STRING, n INT NOT NULL, i INT, a ARRAY<INT>, l ARRAY<BIGINT>, d ARRAY<DOUBLE>, sa ARRAY<STRING>, m MAP<STRING,INT>, ml MAP<STRING,BIGINT>, r ROW<x INT, y STRING>, rl ROW<x BIGINT, y STRING>, r3 ROW<p INT, q STRING>, rn ROW<x INT NOT NULL, y STRING> NOT NULL, ar ARRAY<ROW<p INT, q STRING>>, rr ROW<r ROW<x INT, s STRING NOT NULL> NOT NULL>, b BOOLEAN, j STRING, c5 ARRAY<VARCHAR(5)>, dca ARRAY<DECIMAL(5,2)>, dcb ARRAY<DECIMAL(10,4)>, tsa ARRAY<TIMESTAMP(3)>, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
SELECT
  rn.x + 1 AS c1,
  rr.r.x AS c2,
  rr.r.s AS c3,
  CARDINALITY(m) AS c4,
  r['x'] AS c5,
  r[1] AS c6,
  sa[1] || 'q' AS c7,
  a[1] + l[1] AS c8,
  UPPER(r.y) AS c9,
  ROW(n, k) IS NULL AS c10,
  ROW(n, k).EXPR$0 + 1 AS c11,
  (n) AS c12,
  ((n, k)) AS c13,
  (n, (k, i)) AS c14,
  ROW(n, k) IN (ROW(1, 'a'), ROW(2, 'c')) AS c15,
  (n, k) IN ((1, 'a')) AS c16,
  (n, k) NOT IN ((1, 'a')) AS c17,
  a = CAST(NULL AS ARRAY<INT>) AS c18,
  a IN (NULL) AS c19,
  a IS DISTINCT FROM l AS c20,
  tsa[1] + INTERVAL '1' DAY AS c21
FROM t;
