CREATE TABLE t (s STRING, u STRING, n INT, m MAP<STRING,INT>, d DOUBLE);
SELECT
  MAP_KEYS(MAP['a',1,'b',2,'c',3,'d',4,'e',5,'f',6]) AS c1,
  MAP_KEYS(MAP['zeta',1,'yy',2,'xx',3,'ww',4,'vv',5,'uu',6,'tt',7,'ss',8]) AS c2,
  MAP_KEYS(MAP[s,1,u,2,'c',3,'d',4,'e',5]) AS c3,
  MAP_KEYS(MAP[n,1,n+1,2,n+2,3,n+3,4,n+4,5,n+5,6,n+6,7]) AS c4,
  MAP_VALUES(MAP[n,1,n+1,2,n+2,3,n+3,4,n+4,5,n+5,6,n+6,7]) AS c5,
  MAP_KEYS(MAP[UPPER(s),1,UPPER(s),2]) AS c6,
  MAP_KEYS(MAP[n+1,1,n+1,2]) AS c7,
  MAP_KEYS(MAP[n,1,1,2]) AS c8,
  MAP_VALUES(MAP[n,1,1,2]) AS c9,
  MAP_KEYS(MAP_FROM_ARRAYS(ARRAY['z','a','z'], ARRAY[1,2,3])) AS c10,
  MAP_UNION(MAP_FROM_ARRAYS(ARRAY['z','a','z'], ARRAY[1,2,3]), m) AS c11,
  MAP_KEYS(MAP_UNION(MAP_FROM_ARRAYS(ARRAY['z','a','z'], ARRAY[1,2,3]), m)) AS c12
FROM t;
