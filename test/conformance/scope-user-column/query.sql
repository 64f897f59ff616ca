CREATE TABLE t (`user` STRING, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND);
SELECT user, UPPER(user) AS big, v FROM t WHERE user <> 'b';
