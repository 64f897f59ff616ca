CREATE TABLE t (k STRING, c INT, d DECIMAL(19, 9), s STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
SELECT k, window_end AS we, MAX(ROW(window_start, k).EXPR$0) AS a, MAX(TIMESTAMPADD(SECOND, 1, window_start)) AS b, FIRST_VALUE(c) AS f FROM HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '4' SECOND) GROUP BY window_start, window_end, k;
