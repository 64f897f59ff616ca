CREATE TABLE t (id INT, s STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
SELECT id, s, TO_TIMESTAMP(s) AS a, TO_DATE(s) AS b, TO_TIMESTAMP(s,'yyyy-MM-dd HH:mm:ss') AS c, TO_TIMESTAMP(s,'yyyy-MM-dd') AS d, DATE_FORMAT(s,'yyyyMMdd') AS f FROM t;
