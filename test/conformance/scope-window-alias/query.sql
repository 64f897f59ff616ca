CREATE TABLE t (id INT, k STRING, v INT, d DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND);
SELECT w.a, w.ws, COUNT(*) AS n FROM TABLE(TUMBLE((SELECT k, v, ts FROM t), DESCRIPTOR(ts), INTERVAL '5' SECOND)) AS w (a, b, c, ws, we, wt) WHERE b > 0 GROUP BY w.a, ws, w.we;
