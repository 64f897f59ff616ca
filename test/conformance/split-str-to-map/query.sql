CREATE TABLE t (n INT NOT NULL, a ARRAY<INT>, l ARRAY<BIGINT>, sa ARRAY<STRING>, da ARRAY<DOUBLE>, m MAP<STRING, INT>, m2 MAP<STRING, INT>, ms MAP<STRING, STRING>, big MAP<STRING, INT>, s STRING, d STRING, k STRING, mst MULTISET<STRING>, dd DOUBLE, ml MAP<STRING, BIGINT>, c5 ARRAY<VARCHAR(5)>);
SELECT
  STR_TO_MAP(s) AS c1,
  STR_TO_MAP(s, ',', '=') AS c2,
  STR_TO_MAP(s, 'k', '=') AS c3,
  STR_TO_MAP('a:1;b:2', ';', ':') AS c4,
  STR_TO_MAP('a.1|b.2', '\|', '\.') AS c5,
  STR_TO_MAP('zeta=1,alpha=2,mike=3,alpha=4') AS c6,
  SPLIT(s, ',') AS c7,
  SPLIT(s, d) AS c8,
  SPLIT(s, '') AS c9,
  SPLIT(s, '=') AS c10,
  SPLIT(s, 'zz') AS c11,
  SPLIT(s, NULL) AS c12,
  SPLIT('a.b.c', '.') AS c13,
  SPLIT('aXXbXX', 'XX') AS c14,
  SPLIT('日本語', '') AS c15,
  SPLIT('a😀b', '') AS c16
FROM t;
