create table t (id INT, k STRING, v INT, ts TIMESTAMP(3), twice AS v + v, `PT` as proctime ( ), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND);
CREATE VIEW w AS SELECT * FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND);
SELECT k, window_start, window_end, COUNT(*) AS n, SUM(twice) AS s FROM (SELECT * FROM w WHERE v IS NOT NULL) AS x (a, k, v, time_, twice, processed, window_start, window_end, wt) GROUP BY k, window_start, window_end;
