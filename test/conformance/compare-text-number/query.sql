CREATE TABLE t (id INT, s STRING, w STRING, i INT, b BIGINT, f FLOAT, d DOUBLE, p DECIMAL(10, 2), ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
SELECT id, s > i AS si, s <= i AS si2, w < b AS wb, b >= w AS bw, s > f AS sf, s >= d AS sd, d < s AS ds, s > p AS sp, p >= s AS ps,
  w > CAST(i AS TINYINT) AS tiny, s BETWEEN 12 AND 13 AS inside, i BETWEEN '-3' AND '11.9' AS among, i NOT BETWEEN '13' AND 20 AS outside,
  '7' < 10 AS constant, '12.345' > 12.34 AS decimals
FROM t WHERE w > 0;
