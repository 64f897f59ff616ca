// The form of gateway.yaml: every key, its default with the reason, what is allowed. Durations are written `10s`,
// sizes `64MiB`, paths relative to the file.

import { resolve } from "node:path";

import {
  BATCH_BYTES,
  BATCH_LINGER_MAX_MS,
  BATCH_MESSAGES,
  CONNECTIONS_MAX,
  PACKET_BYTES,
  RECEIVE_MAXIMUM,
  REFUSED_PACKET_BYTES,
  SESSION_EXPIRY_SECONDS,
} from "../core/limits.ts";
import type { Lane } from "../core/protocol.ts";
import { DEFAULT_ZONE, isZone, ZONE_HINT } from "../core/value/zone-name.ts";
import {
  address,
  choice,
  duration,
  field,
  list,
  pattern,
  section,
  size,
  text,
  whole,
  withHint,
  wrong,
} from "./fields.ts";
import type { Address, Field } from "./fields.ts";
import { FULL_POLICIES, LOG_LEVELS } from "./gateway.ts";
import type { FullPolicy, LogLevel, RegistryConfig, StoreLimits, TlsFiles } from "./gateway.ts";
import { kafka } from "./kafka-schema.ts";
import type { KafkaFile } from "./kafka-schema.ts";
import { schemaRegistry } from "./registry-schema.ts";
import { secret, textOrSecret } from "./secrets.ts";
import type { SecretSources } from "./secrets.ts";
import { tls } from "./tls-schema.ts";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const DAY_MS = 86_400_000;

/** Unless gateway.yaml says otherwise; relative to it. */
export const DATA_FOLDER = "data";

/** One `mqtt:` entry as written: listen or url. */
export interface MqttFile {
  readonly name: string;
  readonly listen: Address | undefined;
  readonly url: string | undefined;
  readonly clientId: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly tls: TlsFiles | undefined;
  readonly sessionExpiry: number;
  readonly receiveMaximum: number;
  readonly limits: { readonly packetBytes: number; readonly connections: number };
}

type LaneFile = { readonly quotaBytes: number; readonly whenFull: FullPolicy | undefined };

/** gateway.yaml as written, defaults filled in where they do not depend on other keys. */
export interface GatewayFile {
  readonly id: string;
  readonly data: string;
  readonly mqtt: readonly MqttFile[];
  readonly rules: readonly string[];
  readonly profiles: readonly string[];
  readonly kafka: KafkaFile | undefined;
  readonly schemaRegistry: RegistryConfig | undefined;
  readonly sql: { readonly localTimeZone: string };
  readonly store: Omit<StoreLimits, "lanes"> & { readonly lanes: Readonly<Record<Lane, LaneFile>> };
  readonly batch: {
    readonly lingerMs: number | undefined;
    readonly messages: number;
    readonly bytes: number;
  };
  readonly http: { readonly listen: Address } | undefined;
  readonly log: { readonly level: LogLevel };
}

/** The schema; references and paths are resolved while it runs. */
export function gatewaySchema(sources: SecretSources): Field<GatewayFile> {
  return section({
    gateway: section({
      /** Names this gateway in Kafka (transactional.id, record headers): choose it once and for good. */
      id: pattern(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "1 to 64 letters, digits, dots, - or _"),
    }),
    data: field((value) =>
      typeof value === "string" && value !== ""
        ? resolve(sources.directory, value)
        : wrong("must be a folder"),
    ).prefault(DATA_FOLDER),
    mqtt: list(mqtt(sources)),
    rules: list(text()).default([]),
    profiles: list(text()).default([]),
    kafka: kafka(sources).optional(),
    schemaRegistry: schemaRegistry(sources).optional(),
    sql: sql(),
    store: store().prefault({}),
    batch: batch().prefault({}),
    http: section({ listen: address(true) }, ["tls", "users"]).optional(),
    log: section({ level: choice(LOG_LEVELS).default("info") }).prefault({}),
  }).transform(({ gateway, ...rest }): GatewayFile => {
    const { kafka: uplink, schemaRegistry: registry, http } = rest;
    return { id: gateway.id, ...rest, kafka: uplink, schemaRegistry: registry, http };
  });
}

/** The `sql:` section. */
export function sql(): Field<GatewayFile["sql"]> {
  return section({
    /** Of rules that do not SET 'table.local-time-zone'. */
    localTimeZone: field((value) =>
      typeof value === "string" && isZone(value)
        ? value
        : wrong(withHint("must be a time zone", ZONE_HINT)),
    ).prefault(DEFAULT_ZONE),
  }).prefault({});
}

function mqtt(sources: SecretSources): Field<MqttFile> {
  return section({
    name: pattern(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "1 to 64 letters, digits, dots, - or _"),
    listen: address(true).optional(),
    url: brokerUrl().optional(),
    clientId: pattern(/^.{1,256}$/, "text of at most 256 characters").optional(),
    username: textOrSecret(sources).optional(),
    password: secret(sources).optional(),
    tls: tls(sources.directory).optional(),
    /** Longer than the longest outage a device is meant to survive. */
    sessionExpiry: duration({ min: 1000 }).default(SESSION_EXPIRY_SECONDS * 1000),
    receiveMaximum: whole(1, 65_535).default(RECEIVE_MAXIMUM),
    limits: section({
      packetBytes: size({ min: 1024, max: REFUSED_PACKET_BYTES }).default(PACKET_BYTES),
      connections: whole(1, 100_000).default(CONNECTIONS_MAX),
    }).prefault({}),
  }).transform((entry): MqttFile => {
    const { name, listen, url, clientId, username, password } = entry;
    const { receiveMaximum, limits } = entry;
    const sessionExpiry = Math.ceil(entry.sessionExpiry / 1000);
    const credentials = { username, password, tls: entry.tls };
    return { name, listen, url, clientId, ...credentials, sessionExpiry, receiveMaximum, limits };
  });
}

function brokerUrl(): Field<string> {
  return field((value) => {
    const url = URL.parse(String(value));
    if (url === null || !["mqtt:", "mqtts:"].includes(url.protocol) || url.hostname === "") {
      return wrong("must be mqtt://host[:port] or mqtts://host[:port]");
    }
    if (url.username !== "" || url.password !== "") {
      return wrong(withHint("must not hold credentials", "Use the keys username and password."));
    }
    return String(value);
  });
}

/** A week of results of a small site; alarms are few and must never wait for room. */
const LANE_QUOTAS: Readonly<Record<Lane, number>> = {
  alarm: 64 * MIB,
  result: 512 * MIB,
  raw: GIB,
  local: 64 * MIB,
};

function store(): Field<GatewayFile["store"]> {
  const lane = (name: Lane): Field<LaneFile> =>
    section({
      quota: size({ min: MIB }).default(LANE_QUOTAS[name]),
      /** `block` where an uplink drains the lane, else `drop-oldest`. */
      whenFull: choice(FULL_POLICIES).optional(),
    })
      .prefault({})
      .transform(({ quota, whenFull }): LaneFile => ({ quotaBytes: quota, whenFull }));
  return section({
    /** The backstop: everything in the data folder's database. */
    quota: size({ min: 64 * MIB }).default(4 * GIB),
    lanes: section({
      alarm: lane("alarm"),
      result: lane("result"),
      raw: lane("raw"),
      local: lane("local"),
    }).prefault({ alarm: {}, result: {}, raw: {}, local: {} }),
    journal: section({
      /** What recovery needs is kept whatever this says; the rest serves backtests. */
      quota: size({ min: MIB }).default(GIB),
      age: duration({ min: 60_000 }).default(7 * DAY_MS),
    }).prefault({}),
    /** Per day: a consumer SD card of 32 GB survives this for about ten years. */
    flashBudget: field((value) => {
      if (value === "off") return undefined;
      const parsed = size({ min: 100 * MIB }).safeParse(String(value).replace(/\/d(?:ay)?$/, ""));
      return parsed.success
        ? parsed.data
        : wrong("must be a size a day of at least 100MiB, such as 10GB, or off");
    }).prefault("10GB"),
  }).transform(({ quota, lanes, journal, flashBudget }): GatewayFile["store"] => {
    return {
      quotaBytes: quota,
      lanes,
      journal: { quotaBytes: journal.quota, ageMs: journal.age },
      flashBudgetBytesPerDay: flashBudget,
    };
  });
}

function batch(): Field<GatewayFile["batch"]> {
  return section({
    /** `auto`: 50 ms, growing while the flash budget is exceeded. A duration is obeyed. */
    linger: field((value) => {
      if (value === "auto") return undefined;
      const parsed = duration({ max: BATCH_LINGER_MAX_MS }).safeParse(value);
      return parsed.success
        ? parsed.data
        : wrong("must be a duration of at most 2s, such as 100ms, or auto");
    }).prefault("auto"),
    messages: whole(1, 65_535).default(BATCH_MESSAGES),
    bytes: size({ min: 1024, max: 16 * MIB }).default(BATCH_BYTES),
  }).transform(({ linger, messages, bytes }): GatewayFile["batch"] => {
    return { lingerMs: linger, messages, bytes };
  });
}
