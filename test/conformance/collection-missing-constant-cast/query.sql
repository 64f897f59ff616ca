CREATE TABLE t (s STRING, i INT);
SELECT s,
  COALESCE((MAP['x', 'one'])['b'], s) AS c1,
  ARRAY_POSITION(SPLIT(s, ''), (ARRAY['a', 'b', 'a'])[5]) AS c2,
  COALESCE((ARRAY['ab', 'cde'])[3], s) AS c3,
  CAST((MAP['x', 'one'])['b'] AS STRING) AS c4,
  COALESCE(CAST((ARRAY[1, 2])[5] AS BIGINT), i) AS c5,
  COALESCE((ARRAY[1, 2])[5], CAST(i AS BIGINT)) AS c6,
  (ARRAY[1, 2])[5] * CAST(i AS BIGINT) AS c7,
  (ARRAY[1, 2])[5] < CAST(i AS BIGINT) AS c8,
  COALESCE((ARRAY[1, 2])[5], CAST(i AS DOUBLE)) AS c9,
  CAST((ARRAY[1, 2])[5] AS BIGINT) AS c10
FROM t;
