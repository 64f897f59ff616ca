CREATE TABLE t (id INT, s STRING, p STRING, i INT, l BIGINT);

SELECT
  id,
  REGEXP_EXTRACT(s, '(?:(a)b)*', 1) AS c1
FROM t;
