CREATE TABLE t (a INT, b INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
SELECT a, b AS a0, a, b, a + 1, b AS EXPR$4, a FROM t UNION ALL SELECT b, b, b, b, b, b, b FROM t;
