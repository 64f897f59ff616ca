CREATE TABLE readings (device STRING, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts)
WITH ('watermark.per' = 'device', 'watermark.max-future' = '1 h');

CREATE TABLE alarms (device STRING, v INT) WITH ('connector' = 'print');

SELECT `table`, reason, event_time FROM headrace_late WHERE rule = 'x';
INSERT INTO alarms SELECT device, v FROM readings WHERE v > 10;
SELECT device, COUNT(*) AS n FROM SESSION(TABLE readings PARTITION BY device, DESCRIPTOR(ts), INTERVAL '90' SECOND)
GROUP BY device, window_start, window_end;
