// The files of the demo, as a user would write them: they are put into a temporary folder and run like any others.

export interface DemoAddresses {
  /** host:port each. */
  readonly mqtt: string;
  readonly http: string;
  readonly kafka: string | undefined;
}

/** File names and texts, relative to the demo's folder. */
export function demoFiles({ mqtt, http, kafka }: DemoAddresses): Record<string, string> {
  return {
    "gateway.yaml": gatewayYaml(mqtt, http, kafka),
    "profiles/demo-pump.yaml": PROFILE,
    "rules/device_5s.sql": DEVICE_5S,
    "rules/overtemp.sql": OVERTEMP,
    "rules/rough_running.sql": ROUGH_RUNNING,
  };
}

function gatewayYaml(mqtt: string, http: string, kafka: string | undefined): string {
  return `gateway: {id: demo}
data: data
mqtt:
  - {name: direct, listen: "${mqtt}"}
profiles: [profiles/*.yaml]
rules: [rules/*.sql]
http: {listen: "${http}"}
log: {level: warn}
${kafka === undefined ? "" : `kafka: {brokers: ["${kafka}"]}\n`}`;
}

const PROFILE = `# A pump with a temperature and a vibration sensor, one JSON message a second.
name: demo-pump
manufacturer: headrace
model: simulated pump
deviceResources:
  - name: temperature
    attributes: {pointer: /temperature}
    properties: {valueType: Float64, readWrite: R, units: Cel, minimum: -40, maximum: 150}
  - name: vibration
    attributes: {pointer: /vibration}
    properties: {valueType: Float64, readWrite: R, units: mm/s, minimum: 0, maximum: 100}
x-gateway:
  version: 1
  match: {topic: "plant/{line}/{device}/up", qos: 1}
  codec: {type: json}
  time: {pointer: /ts, unit: ms, maxFuture: 1m, outOfOrder: 1s}
  identity: {sequence: {pointer: /seq}}
  quality: {range: bad}
  simulate:
    period: {every: 1s, jitter: 40ms}
    signals:
      temperature: {ou: {mean: 48, tau: 20m, sigma: 1.5}}
      vibration: {base: 4, noise: 0.2}
`;

const DEVICE_5S = `-- What every pump did in five seconds.
CREATE TABLE device_5s (
  device STRING, window_start TIMESTAMP(3), window_end TIMESTAMP(3), n BIGINT, temp_avg DOUBLE, vib_max DOUBLE
) WITH ('connector' = 'kafka', 'topic' = 'device_5s', 'format' = 'json', 'key.format' = 'raw', 'key.fields' = 'device');

INSERT INTO device_5s
SELECT device, window_start, window_end, COUNT(*), AVG(temperature), MAX(vibration)
FROM TUMBLE(TABLE \`demo-pump\`, DESCRIPTOR(event_time), INTERVAL '5' SECOND)
GROUP BY device, window_start, window_end;
`;

const OVERTEMP = `-- A limit alarm: raised at 80 degrees held for two seconds, returned below 75.
CREATE TABLE overtemp (series STRING, event_time TIMESTAMP_LTZ(3), \`value\` DOUBLE)
WITH ('connector' = 'alarm', 'severity' = 'high', 'set' = '80', 'clear' = '75', 'on-delay' = '2 s',
      'message' = 'bearing temperature is high');

INSERT INTO overtemp SELECT device, event_time, temperature FROM \`demo-pump\`;
`;

const ROUGH_RUNNING = `-- An anomaly alarm: vibration within one window spreads far beyond its norm of 0.2 mm/s.
CREATE TABLE rough_running (series STRING, event_time TIMESTAMP_LTZ(3), \`value\` DOUBLE, n BIGINT)
WITH ('connector' = 'alarm', 'severity' = 'medium', 'set' = '0.8', 'clear' = '0.5',
      'message' = 'vibration is unsteady');

INSERT INTO rough_running
SELECT device, window_time, STDDEV_POP(vibration), COUNT(*)
FROM TUMBLE(TABLE \`demo-pump\`, DESCRIPTOR(event_time), INTERVAL '5' SECOND)
GROUP BY device, window_start, window_end, window_time;
`;
