CREATE TABLE t (a INT, b INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
CREATE VIEW v AS SELECT a, b, ts AS x, ts FROM t;
SELECT b AS x, x, a AS x, ts AS y FROM v ORDER BY ts, b;
