CREATE TABLE t (id INT, s STRING, p STRING, i INT, l BIGINT);

SELECT
  id,
  REGEXP(s, 'a(?=b)') AS c1
FROM t;
