CREATE TABLE t (s STRING, u STRING, n INT, m MAP<STRING,INT>, d DOUBLE);
SELECT
  JSON_VALUE('{"a":1}', '$.a') AS c1,
  JSON_VALUE('{"a":1}', 'strict  $.a') AS c2,
  JSON_VALUE('{"a":1}', ' lax $.a') AS c3,
  JSON_VALUE('{"a b":1}', '$.["a b"]') AS c4,
  JSON_VALUE('{"a-b":1}', '$.a-b') AS c5,
  JSON_VALUE('{"a":{"b":1}}', '$.a["b"]') AS c6,
  JSON_VALUE('{"a''b":1}', '$[''a\''b'']') AS c7,
  JSON_VALUE('{"ab":1}', '$.a\b') AS c8,
  JSON_VALUE('{"日":1}', '$.日') AS c9,
  JSON_VALUE('{"a":[[1,2],[3]]}', '$.a[0][1]') AS c10,
  JSON_VALUE('{"a":[1]}', '$.a.0') AS c11,
  JSON_VALUE('{"a":[1]}', '$.a[''0'']') AS c12,
  JSON_VALUE('{"":1}', '$['''']') AS c13,
  JSON_VALUE('{"*":1}', '$[''*'']') AS c14,
  JSON_VALUE('[5]', '$[00]') AS c15,
  JSON_QUERY('{"a":[{"b":1},{"b":2},{"c":3}]}', '$.a[*].b') AS c16
FROM t;
