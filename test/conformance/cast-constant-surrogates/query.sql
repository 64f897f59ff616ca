CREATE TABLE t (k STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
WITH v AS (SELECT TRY_CAST('😀 smile' AS CHAR(3)) AS x, UPPER('ß😀') AS y, CAST('😀 smile' AS VARCHAR(3)) AS b, UPPER('😀ß') AS c, UPPER('ß') AS e, UPPER('ßß😀') AS g, UPPER('ß😀ß') AS h, CAST('a😀b😀' AS CHAR(3)) AS i FROM t)
SELECT x || y AS z, v.* FROM v;
