CREATE TABLE t (n INT NOT NULL, j STRING);
SELECT
  JSON_QUERY(j, '$..b[0]') AS c1,
  JSON_QUERY(j, '$..*') AS c2,
  JSON_QUERY(j, '$..[0]') AS c3,
  JSON_QUERY(j, '$[1:]') AS c4,
  JSON_QUERY(j, '$[:2]') AS c5,
  JSON_QUERY(j, '$[-2:]') AS c6,
  JSON_QUERY(j, '$[:-1]') AS c7,
  JSON_QUERY(j, '$[5:9]') AS c8,
  JSON_QUERY(j, '$[0,9]') AS c9,
  JSON_EXISTS(j, 'lax $.zz') AS c10,
  JSON_EXISTS(j, 'lax $[*].a') AS c11,
  JSON_EXISTS(j, '$[*].a') AS c12,
  JSON_EXISTS(j, '$..zz') AS c13,
  JSON_EXISTS(j, '$.a.b[*].c') AS c14,
  JSON_QUERY(j, '$.a.b[*].c') AS c15,
  JSON_QUERY(j, '$.a.b[0:3].c') AS c16,
  CAST(NULL AS STRING) IS JSON AS c17,
  CAST(NULL AS STRING) IS NOT JSON AS c18
FROM t;
