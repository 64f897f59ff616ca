CREATE TABLE t (id INT, k STRING, v INT, d DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND);
SELECT id, uk, pos, window_start, window_end FROM SESSION((SELECT id, UPPER(k) AS uk, v > 5 AS pos, ts FROM t) PARTITION BY (uk, pos), DESCRIPTOR(ts), INTERVAL '4' SECOND);
