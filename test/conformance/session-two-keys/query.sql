CREATE TABLE t (id INT, k STRING, v INT, d DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND);
SELECT v, k, window_start, window_end, COUNT(*) AS n FROM SESSION(TABLE t PARTITION BY (k, v), DESCRIPTOR(ts), INTERVAL '10' SECOND) GROUP BY v, k, window_start, window_end;
