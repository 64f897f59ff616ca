CREATE TABLE t (id INT, k STRING, v INT, d DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND);
CREATE VIEW w AS WITH b AS (SELECT id, v FROM t) SELECT id, v FROM b WHERE v > 0;
WITH t AS (SELECT id, v AS w FROM t), a (x, y) AS (WITH b AS (SELECT id, w FROM t WHERE w > 1) SELECT id, w + 1 FROM b), c AS (SELECT x, y FROM a UNION ALL SELECT * FROM w)
SELECT q.x, y, q.z0 FROM (SELECT x, y, x * 2 AS z FROM (SELECT * FROM c) AS d) AS q (x, y, z0) WHERE q.x > 3;
