CREATE TABLE t (s STRING, u STRING, n INT, m MAP<STRING,INT>, d DOUBLE);
SELECT
  JSON_QUERY('{"a":[{"b":1},{"b":2},{"c":3}]}', '$.a.b') AS c1,
  JSON_QUERY('{"a":[{"b":1},{"b":2},{"c":3}]}', 'lax $.a.b') AS c2,
  JSON_QUERY('{"a":[{"b":1},{"b":2},{"c":3}]}', '$..["b"]') AS c3,
  JSON_QUERY('{"a":[{"b":1,"c":2},{"b":2},{"c":3}]}', '$.a[*]["b","c"]') AS c4,
  JSON_QUERY('{"a":[{"b":1,"c":2},{"b":2},{"c":3}]}', '$..["b","c"]') AS c5,
  JSON_QUERY('{"a":{"b":{"a":1}},"c":[{"a":2}]}', '$..a') AS c6,
  JSON_QUERY('{"a":[{"b":[1,2]},{"b":[3]}]}', '$.a[*].b[*]') AS c7,
  JSON_QUERY('{"a":[{"b":[1,2]},{"b":[3]}]}', '$.a[*].b[1]') AS c8,
  JSON_QUERY('{"a":[{"b":[1,2]},{"b":[3]}]}', '$.a[5].b[*]') AS c9,
  JSON_QUERY('{"a":[{"b":[1,2]},{"b":5}]}', '$.a[*].b[0]') AS c10,
  JSON_QUERY('{"a":[{"b":{"c":1}},{"b":5},{}]}', '$.a[*].b.c') AS c11,
  JSON_QUERY('{"a":[{"b":{"c":1}},{"b":5},{}]}', '$..b.c') AS c12,
  JSON_QUERY('{"a":[1,2,3,4]}', '$.a[1,1,0]') AS c13,
  JSON_QUERY('{"a":[1,2,3,4]}', '$.a[3:1]') AS c14,
  JSON_QUERY('{"a":[1,2,3,4]}', '$.a[-1,0]') AS c15,
  JSON_QUERY('{"a":null}', '$.a.b' EMPTY ARRAY ON EMPTY EMPTY OBJECT ON ERROR) AS c16
FROM t;
