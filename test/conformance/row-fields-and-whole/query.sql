CREATE TABLE t (id INT, r ROW<a ROW<b ARRAY<ROW<c INT, d MAP<STRING, INT>>>, m MAP<STRING, ROW<x INT, y ARRAY<STRING>>>, n INT NOT NULL>, e MAP<STRING, INT>, f ROW<g DECIMAL(5,2), h TIMESTAMP(3), i STRING>>, q ROW<s STRING, u ROW<v INT, w ROW<z DOUBLE>>>, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
SELECT
  id,
  r AS c1,
  q.u AS c2,
  r.a.n AS c3,
  q AS c4,
  r.a.b[1] AS c5,
  q.u.w.z AS c6,
  r IS NULL AS c7,
  r.a IS NULL AS c8,
  q.u IS NOT NULL AS c9
FROM t;
