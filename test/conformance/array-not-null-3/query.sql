CREATE TABLE t (n INT NOT NULL, i INT, k STRING, an ARRAY<INT NOT NULL>, bn ARRAY<BIGINT NOT NULL>, sn ARRAY<STRING NOT NULL>, dn ARRAY<DOUBLE NOT NULL>, fn ARRAY<FLOAT NOT NULL>, bo ARRAY<BOOLEAN NOT NULL>, dc ARRAY<DECIMAL(5,2) NOT NULL>, tn ARRAY<TIMESTAMP(3) NOT NULL>, t9 ARRAY<TIMESTAMP(9) NOT NULL>, zn ARRAY<TIMESTAMP_LTZ(3) NOT NULL>, da ARRAY<DATE NOT NULL>, tm ARRAY<TIME NOT NULL>, by1 ARRAY<BYTES NOT NULL>, rn ARRAY<ROW<x INT> NOT NULL>, aa ARRAY<ARRAY<INT> NOT NULL>, mn MAP<STRING, INT NOT NULL>, ms MAP<STRING, STRING NOT NULL>, ti ARRAY<TINYINT NOT NULL>, r ROW<a ARRAY<INT NOT NULL>>);
SELECT
  MAP['a','on','b','off'][k] AS c1,
  MAP['a','on','b','off'][k] IS NULL AS c2,
  COALESCE(MAP['a','on','b','off'][k], 'none') AS c3,
  MAP['a','on','b',CAST('off' AS STRING)][k] AS c4,
  MAP['a',1.5,'b',2.5][k] AS c5,
  MAP[1,'x',2,'y'][i] AS c6,
  MAP['a',CAST(NULL AS STRING),'b','x'][k] AS c7,
  ARRAY[10,20,30][n] AS c8,
  ARRAY[n,20,30][n] AS c9,
  ARRAY[i,20,30][n] AS c10,
  ARRAY['a','bcd'][n] AS c11,
  ARRAY['a',k][n] AS c12,
  CAST(tn[n] AS STRING) AS c13,
  dc[n] + 1 AS c14,
  dc[n] IS NULL AS c15,
  SPLIT(k, ',')[n] AS c16,
  an[n] IN (7, -1) AS c17,
  UPPER(MAP['a','on','b','off'][k]) AS c18,
  ABS(an[n]) AS c19
FROM t;
