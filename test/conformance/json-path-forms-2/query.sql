CREATE TABLE t (i INT, n INT NOT NULL, s STRING, sn STRING NOT NULL, a ARRAY<INT>, an ARRAY<INT> NOT NULL, ann ARRAY<INT NOT NULL> NOT NULL, b BOOLEAN, m MAP<STRING,INT>, mn MAP<STRING,INT> NOT NULL, mnn MAP<STRING NOT NULL,INT NOT NULL> NOT NULL, l ARRAY<BIGINT>, sa ARRAY<STRING> NOT NULL, rn ROW<x INT NOT NULL> NOT NULL, r ROW<x INT NOT NULL>);
SELECT
  JSON_QUERY('{"a":1}', '$.["a"]' WITH WRAPPER) AS c1,
  JSON_QUERY('{"a)":1}', '$.a)' WITH WRAPPER) AS c2,
  JSON_QUERY('{"a":[1]}', '$.a[ 0 , 0 ]' WITH WRAPPER) AS c3,
  JSON_QUERY('{"a":{"b":1}}', '$[ "a" ][ "b" ]' WITH WRAPPER) AS c4,
  JSON_QUERY('{"a":{"b":1}}', '$[''a'' , ''c'']' WITH WRAPPER) AS c5,
  JSON_QUERY('{"a":{"b":1}}', '$.a.*' WITH WRAPPER) AS c6,
  JSON_QUERY('{"a":{"b":1}}', '$.*.b' WITH WRAPPER) AS c7,
  JSON_QUERY('{"a":{"b":1}}', '$[*][*]' WITH WRAPPER) AS c8,
  JSON_QUERY('{"a":{"b":1}}', '$[*]..b' WITH WRAPPER) AS c9,
  JSON_QUERY('{"$a":1}', '$.$a' WITH WRAPPER) AS c10,
  JSON_QUERY('{"a":1}', '@' WITH WRAPPER) AS c11,
  JSON_QUERY('{"a,b":1}', '$["a,b"]' WITH WRAPPER) AS c12,
  JSON_QUERY('{"a\\b":1}', '$["a\\b"]' WITH WRAPPER) AS c13
FROM t;
