CREATE TABLE t (k STRING, a INT, b INT, s STRING, d DOUBLE, d2 DOUBLE, f FLOAT, nn DOUBLE NOT NULL, m DECIMAL(10, 2), ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
SELECT k,
  d IN (d) AS x1,
  d IN (d, 1) AS x2,
  d IN (1, d) AS x3,
  d NOT IN (d) AS x4,
  d IN (d2, 0) AS x5,
  a IN (b, a) AS x6,
  k IN (s, 'good') AS x7,
  d IN (CAST('NaN' AS DOUBLE)) AS x8
FROM t;
