CREATE TABLE t (v INT, plain TIMESTAMP(0), ts TIMESTAMP(0), WATERMARK FOR ts AS ts);
SELECT v, plain, ts, CAST(ts AS STRING) AS text, CAST(plain AS STRING) AS plain_text FROM t;
