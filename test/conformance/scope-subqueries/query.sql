CREATE TABLE t (id INT, k STRING, v INT, d DOUBLE, ts TIMESTAMP(3), `select` AS id * 2, `a.b` AS v + 1, `Tick``ed` AS UPPER(k), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND);
CREATE VIEW w1 AS SELECT id, v, `select`, `a.b`, `Tick``ed`, ts FROM `t`;
CREATE VIEW w2 (a, b, c, `D e`, f, ts) AS SELECT * FROM w1;
CREATE TEMPORARY VIEW w3 AS SELECT a + b AS ab, /* a comment */ c, `D e` AS A, f -- another
, ts // and a third
FROM w2;
SELECT x.*, x.A AS a, x.`ab` total, c + 1, 'it''s' AS lit FROM (SELECT ab, c, A, f FROM (SELECT * FROM (SELECT q.* FROM w3 AS q) AS r) AS s) AS x WHERE x.c > 3 AND ab IS NOT NULL;
