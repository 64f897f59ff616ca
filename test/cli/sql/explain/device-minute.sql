CREATE TABLE telemetry (
  device STRING, seq BIGINT, ts BIGINT, temperature DOUBLE, vibration DOUBLE, humidity DOUBLE,
  event_time AS TO_TIMESTAMP_LTZ(ts, 3),
  topic STRING METADATA VIRTUAL, receive_time TIMESTAMP_LTZ(3) METADATA VIRTUAL,
  WATERMARK FOR event_time AS event_time - INTERVAL '5' SECOND
) WITH ('connector' = 'mqtt', 'topic' = 'factory/+/+/telemetry', 'format' = 'json',
        'identity.key' = 'device', 'identity.sequence' = 'seq');

CREATE TABLE device_minute (device STRING, window_start TIMESTAMP(3), window_end TIMESTAMP(3), n BIGINT, temp_avg DOUBLE, vib_max DOUBLE)
WITH ('connector' = 'kafka', 'topic' = 'device_minute', 'format' = 'json', 'key.format' = 'raw', 'key.fields' = 'device');

INSERT INTO device_minute
SELECT device, window_start, window_end, COUNT(*), AVG(temperature), MAX(vibration)
FROM TUMBLE(TABLE telemetry, DESCRIPTOR(event_time), INTERVAL '1' MINUTE)
WHERE topic LIKE 'factory/a/%'
GROUP BY device, window_start, window_end;
