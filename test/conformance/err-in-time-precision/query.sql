CREATE TABLE t (id INT, tm TIME, tm3 TIME(3));
SELECT id,
  tm IN (tm3) AS x1
FROM t;
