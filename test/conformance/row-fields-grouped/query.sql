CREATE TABLE t (id INT, r ROW<a ROW<b ARRAY<ROW<c INT, d MAP<STRING, INT>>>, m MAP<STRING, ROW<x INT, y ARRAY<STRING>>>, n INT NOT NULL>, e MAP<STRING, INT>, f ROW<g DECIMAL(5,2), h TIMESTAMP(3), i STRING>>, q ROW<s STRING, u ROW<v INT, w ROW<z DOUBLE>>>, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
SELECT q.u.w AS k1, r.f.i AS k2, COUNT(r.a.b) AS n, MAX(r.f.g) AS m, ARRAY_AGG(r.a.b) AS b, ARRAY_AGG(r.f) AS f, COLLECT(q.s) AS s, LAST_VALUE(r.a.m) AS l
FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '4' SECOND)
GROUP BY window_start, window_end, q.u.w, r.f.i;
