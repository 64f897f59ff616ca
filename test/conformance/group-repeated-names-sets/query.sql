CREATE TABLE t (b BIGINT, d DOUBLE, i INT, f FLOAT, m DECIMAL(22, 2), n INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
SELECT window_start, i, i, window_start, COUNT(*), i AS x, GROUPING(i), i + 1 FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE) GROUP BY window_start, window_end, ROLLUP (i);
