CREATE TABLE t (n INT NOT NULL, i INT, k STRING, an ARRAY<INT NOT NULL>, sn ARRAY<STRING NOT NULL>, rn ROW<x INT NOT NULL, y STRING NOT NULL, d DECIMAL(5,2) NOT NULL, a ARRAY<INT NOT NULL> NOT NULL, r ROW<z INT NOT NULL> NOT NULL>, mn MAP<STRING, INT NOT NULL>, ra ARRAY<ROW<x INT NOT NULL> NOT NULL>);
SELECT
  rn.x AS c1,
  rn.y AS c2,
  rn.d AS c3,
  rn.a AS c4,
  rn.a[n] AS c5,
  rn.r.z AS c6,
  rn.x IS NULL AS c7,
  rn.x + 1 AS c8,
  rn.r.z IS NULL AS c9,
  ra[n].x AS c10,
  ra[n].x IS NULL AS c11,
  ra[n] AS c12,
  ARRAY_MAX(an) AS c13,
  ARRAY_MAX(sn) AS c14,
  ARRAY_MAX(an) IS NULL AS c15
FROM t;
