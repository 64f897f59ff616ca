CREATE TABLE t (id INT, s STRING);
SELECT id,
  TO_TIMESTAMP_LTZ(s, 'yyyy-MM-dd', 'Mars/Phobos') AS x1
FROM t;
