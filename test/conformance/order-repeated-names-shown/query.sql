CREATE TABLE t (a INT, b INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
SELECT b, b AS a4, b, ts AS x1, a + 1 AS c, a + 2 AS d, b, b + 2 FROM t ORDER BY ts, a + 1, a + 2;
