CREATE TABLE t (id INT, r ROW<a ROW<b ARRAY<ROW<c INT, d MAP<STRING, INT>>>, m MAP<STRING, ROW<x INT, y ARRAY<STRING>>>, n INT NOT NULL>, e MAP<STRING, INT>, f ROW<g DECIMAL(5,2), h TIMESTAMP(3), i STRING>>, q ROW<s STRING, u ROW<v INT, w ROW<z DOUBLE>>>, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
SELECT
  id,
  r.a.b[1].c AS c1,
  r.a.b[3].d AS c2,
  r.a.b[1].d['k'] AS c3,
  r.a.m['k'].x AS c4,
  r.a.m['k'].y[1] AS c5,
  CARDINALITY(r.a.b) AS c6,
  MAP_KEYS(r.a.m) AS c7,
  r.e AS c8,
  r.f.g AS c9,
  r.f.h AS c10,
  r.f.i AS c11,
  q.u.v AS c12,
  q.u.w.z AS c13,
  q.u.w AS c14,
  q.s AS c15,
  CAST(q.u AS STRING) AS c16,
  r.f.g + q.u.v AS c17,
  COALESCE(r.f.i, q.s) AS c18
FROM t;
