CREATE TABLE t (n INT NOT NULL, j STRING, p STRING, i INT, d DOUBLE, dc DECIMAL(5,2), b BOOLEAN, a ARRAY<INT>, m MAP<STRING,INT>, r ROW<x INT, y STRING>, ts TIMESTAMP(3), l TIMESTAMP_LTZ(3), by1 BYTES, dt DATE, ms MULTISET<STRING>);
SELECT
  JSON_VALUE(j, '$.a') AS c1,
  JSON_VALUE(j, '$.a.b[0]') AS c2,
  JSON_VALUE(j, '$.a.b[1]') AS c3,
  JSON_VALUE(j, '$.a.b[2]') AS c4,
  JSON_VALUE(j, '$.a.b[3]') AS c5,
  JSON_VALUE(j, '$.a.b[4]') AS c6,
  JSON_VALUE(j, '$.a.b[5]') AS c7,
  JSON_VALUE(j, '$.a.b[5].c') AS c8,
  JSON_VALUE(j, '$.f') AS c9,
  JSON_VALUE(j, '$.big') AS c10,
  JSON_VALUE(j, '$.s') AS c11,
  JSON_VALUE(j, '$') AS c12,
  JSON_VALUE(j, 'strict $') AS c13,
  JSON_VALUE(j, '$[1]') AS c14,
  JSON_VALUE(j, '$.*') AS c15
FROM t;
