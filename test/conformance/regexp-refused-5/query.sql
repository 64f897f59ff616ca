CREATE TABLE t (id INT, s STRING, p STRING, i INT, l BIGINT);

SELECT
  id,
  REGEXP_REPLACE(s, '(?>a|b)', '-') AS c1
FROM t;
