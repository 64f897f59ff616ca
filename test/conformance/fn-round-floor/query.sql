CREATE TABLE t (id INT, d DOUBLE, f FLOAT, i INT, l BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
SELECT id, ROUND(d) AS r, ROUND(d,2) AS r2, ROUND(d,-2) AS rm, FLOOR(d) AS fl, CEIL(d) AS ce, CEILING(d) AS ce2, ABS(d) AS ab, SIGN(d) AS sg, ROUND(f,1) AS rf, FLOOR(f) AS ff, ROUND(i,-1) AS ri, ROUND(l,-3) AS rl, FLOOR(i) AS fi, CEIL(l) AS cl, SIGN(i) AS si, ABS(l) AS al FROM t;
