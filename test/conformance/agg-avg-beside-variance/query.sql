CREATE TABLE t (k STRING, ti TINYINT, si SMALLINT, i INT, b BIGINT, f FLOAT, d DOUBLE, q DECIMAL(10, 2), ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
SELECT k, AVG(ti) AS a_ti, AVG(si) AS a_si, AVG(i) AS a_i, AVG(b) AS a_b, AVG(f) AS a_f, AVG(d) AS a_d, AVG(q) AS a_q,
  AVG(i) FILTER (WHERE i > 5) AS filtered, AVG(DISTINCT i) AS uniq, VAR_POP(d) AS v
FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND)
GROUP BY k, window_start, window_end;
