CREATE TABLE t (n INT NOT NULL, j STRING, p STRING, i INT, d DOUBLE, dc DECIMAL(5,2), b BOOLEAN, a ARRAY<INT>, m MAP<STRING,INT>, r ROW<x INT, y STRING>, ts TIMESTAMP(3), l TIMESTAMP_LTZ(3), by1 BYTES, dt DATE, ms MULTISET<STRING>);
SELECT
  JSON_EXISTS(j, '$.a') AS c1,
  JSON_EXISTS(j, 'lax $.a') AS c2,
  JSON_EXISTS(j, 'strict $.a') AS c3,
  JSON_EXISTS(j, '$.e') AS c4,
  JSON_EXISTS(j, '$') AS c5,
  JSON_EXISTS(j, 'strict $.a' TRUE ON ERROR) AS c6,
  JSON_EXISTS(j, 'strict $.a' UNKNOWN ON ERROR) AS c7,
  JSON_EXISTS(j, '$.a.b[0]') AS c8,
  JSON_EXISTS(j, 'a') AS c9
FROM t;
