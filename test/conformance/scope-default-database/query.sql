CREATE TABLE t (k STRING, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND);
CREATE VIEW default_catalog.default_database.w AS SELECT k, v, ts FROM `default_catalog`.`default_database`.`t` WHERE v > 1;
SELECT t.k, t.v, COUNT(*) AS n
FROM TABLE(TUMBLE(TABLE default_database.w, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS t
GROUP BY t.k, t.v, t.window_start, t.window_end;
