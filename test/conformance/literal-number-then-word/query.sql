CREATE TABLE t (id INT, a INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
SELECT id, 1a, 1.5x, 2e5y, 1e, CASE WHEN a=7then 1else 0end AS seven FROM t WHERE a>5and a<100or a=1;
