CREATE TABLE t (a INT, b INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
SELECT a, b AS a4, a, b, a, a AS a2, a, b AS EXPR$9, a + 1, a + 2 FROM t ORDER BY ts, b;
