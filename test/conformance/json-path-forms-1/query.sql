CREATE TABLE t (i INT, n INT NOT NULL, s STRING, sn STRING NOT NULL, a ARRAY<INT>, an ARRAY<INT> NOT NULL, ann ARRAY<INT NOT NULL> NOT NULL, b BOOLEAN, m MAP<STRING,INT>, mn MAP<STRING,INT> NOT NULL, mnn MAP<STRING NOT NULL,INT NOT NULL> NOT NULL, l ARRAY<BIGINT>, sa ARRAY<STRING> NOT NULL, rn ROW<x INT NOT NULL> NOT NULL, r ROW<x INT NOT NULL>);
SELECT
  JSON_EXISTS(sn, '$.a') AS c1,
  JSON_EXISTS(sn, '$.a' UNKNOWN ON ERROR) AS c2,
  JSON_VALUE(sn, '$.a') AS c3,
  JSON_VALUE(sn, '$.a' RETURNING INT DEFAULT 1 ON EMPTY DEFAULT 2 ON ERROR) AS c4,
  JSON_QUERY(sn, '$.a') AS c5,
  JSON_QUERY('{"a":[1,2,3,4]}', '$.a[1:-1]') AS c6,
  JSON_QUERY('{"a":[1,2,3,4]}', '$.a[-2:3]') AS c7,
  JSON_QUERY('{"a":[1,2,3,4]}', '$.a[-3:-1]') AS c8,
  JSON_QUERY('[[{"a":5}],{"a":[6,7]}]', '$..[0].a') AS c9,
  JSON_QUERY('[[{"a":5},{"a":6}],{"a":[6,7]}]', '$..[0].a') AS c10,
  JSON_QUERY('{"a":{"b":{"c":[1,2]}}}', '$..c[1]') AS c11,
  JSON_QUERY('{"a":{"b":{"c":[1,2]}}}', '$..b..c') AS c12,
  JSON_QUERY('{"a":{"b":{"c":[1,2]}}}', '$.a.*.c') AS c13,
  JSON_QUERY('{"a":{"b":{"c":[1,2]}},"d":1}', '$["a","d"].b') AS c14
FROM t;
