CREATE TABLE t (id INT);
SELECT id,
  U&'\12' AS x1
FROM t;
