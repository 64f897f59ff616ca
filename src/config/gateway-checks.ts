// What gateway.yaml must fulfil beyond its form: entries that exclude each other, listeners that must not be open,
// quotas that must fit, identity windows that must cover what a client may have in flight.

import { GatewayError } from "../core/errors.ts";
import type { SourcePosition } from "../core/errors.ts";
import { CONFLUENT_FORMAT } from "../core/format/confluent.ts";
import { IDENTITY_WINDOW } from "../core/limits.ts";
import { LANES } from "../core/protocol.ts";
import { didYouMean } from "../core/suggest.ts";
import type { Address } from "./fields.ts";
import type { GatewayFile, MqttFile } from "./gateway-schema.ts";
import type { SaslFile } from "./kafka-schema.ts";
import type { GatewayConfig } from "./gateway.ts";
import type { Profile } from "./profile.ts";
import type { Problems } from "./problems.ts";
import type { Path, YamlFile } from "./yaml.ts";

export interface CheckContext {
  readonly yaml: YamlFile;
  readonly problems: Problems;
  readonly profiles: readonly Profile[];
}

/** Part of the store's quota that commands, alarms and checkpoints need. */
const RESERVED_SHARE = 0.1;

/** Adds what is wrong to the context's problems. */
export function checkGateway(file: GatewayFile, context: CheckContext): void {
  const { yaml, problems } = context;
  const refuse = (path: Path, message: string, hint?: string): void =>
    problems.add({ message, position: yaml.valueAt(path), hint });
  if (file.mqtt.length === 0) refuse(["mqtt"], "mqtt must have at least one entry");
  for (const [i, entry] of file.mqtt.entries()) {
    if (file.mqtt.findIndex(({ name }) => name === entry.name) < i) {
      refuse(["mqtt", i, "name"], `another mqtt entry is named ${entry.name}`);
    }
    for (const problem of entryProblems(entry)) {
      refuse(["mqtt", i, ...problem.path], problem.message, problem.hint);
    }
  }
  if (file.kafka?.brokers.length === 0)
    refuse(["kafka", "brokers"], "kafka.brokers must have at least one entry");
  if (file.kafka?.sasl !== undefined) {
    for (const problem of saslProblems(file.kafka.sasl)) {
      refuse(["kafka", "sasl", ...problem.path], problem.message, problem.hint);
    }
  }
  checkRegistry(file, refuse);
  if (file.http !== undefined && !isLoopback(file.http.listen)) {
    refuse(
      ["http", "listen"],
      "http.listen must be a loopback address: TLS and users for HTTP are not built yet",
      "Write 127.0.0.1:8080 and put a reverse proxy with TLS in front.",
    );
  }
  checkQuotas(file, refuse);
  checkProfiles(file, context);
}

function checkRegistry({ schemaRegistry }: GatewayFile, refuse: Refuse): void {
  if (schemaRegistry === undefined) return;
  const { url, username, password, tls } = schemaRegistry;
  if ((username === undefined) !== (password === undefined)) {
    refuse(["schemaRegistry"], "schemaRegistry must have username and password together");
  }
  if (url.startsWith("http:") && tls !== undefined) {
    refuse(["schemaRegistry", "tls"], "tls needs a url that begins with https://");
  }
}

type Refuse = (path: Path, message: string, hint?: string) => void;

interface EntryProblem {
  readonly path: Path;
  readonly message: string;
  readonly hint?: string;
}

function saslProblems({ mechanism, ...keys }: SaslFile): EntryProblem[] {
  const { username, password, token, tokenEndpoint, extensions } = keys;
  const found: EntryProblem[] = [];
  if (mechanism !== "oauthbearer") {
    for (const [key, value] of Object.entries({ username, password })) {
      if (value === undefined) {
        found.push({ path: [], message: `sasl with mechanism ${mechanism} must have ${key}` });
      }
    }
    for (const [key, value] of Object.entries({ token, tokenEndpoint })) {
      if (value !== undefined) {
        found.push({ path: [key], message: `${key} belongs to mechanism oauthbearer` });
      }
    }
    if (Object.keys(extensions).length > 0) {
      found.push({ path: ["extensions"], message: "extensions belong to mechanism oauthbearer" });
    }
    return found;
  }
  if ((token === undefined) === (tokenEndpoint === undefined)) {
    found.push({
      path: [],
      message: "sasl with mechanism oauthbearer must have either token or tokenEndpoint",
      hint: "token: ${file:…} that is kept fresh, or tokenEndpoint {url, clientId, clientSecret}.",
    });
  }
  for (const [key, value] of Object.entries({ username, password })) {
    if (value !== undefined) {
      found.push({ path: [key], message: `${key} belongs to a mechanism with a password` });
    }
  }
  return found;
}

function entryProblems(entry: MqttFile): EntryProblem[] {
  const found: EntryProblem[] = [];
  const { name, listen, url, tls, username, password } = entry;
  if ((listen === undefined) === (url === undefined)) {
    found.push({ path: [], message: `mqtt entry ${name} must have either listen or url` });
  }
  if ((username === undefined) !== (password === undefined)) {
    found.push({
      path: [],
      message: `mqtt entry ${name} must have username and password together`,
    });
  }
  if ((tls?.cert === undefined) !== (tls?.key === undefined)) {
    found.push({ path: ["tls"], message: "tls must have cert and key together" });
  }
  if (listen !== undefined) found.push(...listenProblems(entry, listen));
  if (url?.startsWith("mqtt:") === true && tls !== undefined) {
    found.push({ path: ["tls"], message: "tls needs a url that begins with mqtts://" });
  }
  return found;
}

function listenProblems(entry: MqttFile, listen: Address): EntryProblem[] {
  const found: EntryProblem[] = [];
  const { tls, password, clientId } = entry;
  if (clientId !== undefined) {
    found.push({ path: ["clientId"], message: "clientId belongs to an entry with url" });
  }
  if (tls !== undefined && tls.cert === undefined) {
    found.push({ path: ["tls"], message: "tls of a listener must have cert and key" });
  }
  if (!isLoopback(listen) && (tls?.cert === undefined || password === undefined)) {
    found.push({
      path: ["listen"],
      message: `listen is reachable from other machines (${listen.host}), without TLS and authentication`,
      hint: "Add tls {cert, key} and username with password, or listen on 127.0.0.1.",
    });
  }
  return found;
}

/** 127.0.0.0/8, ::1 and localhost. */
function isLoopback({ host }: Address): boolean {
  return /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host) || host === "::1" || host === "localhost";
}

function checkQuotas(file: GatewayFile, refuse: Refuse): void {
  const { quotaBytes, lanes, journal } = file.store;
  let sum = journal.quotaBytes;
  for (const lane of LANES) sum += lanes[lane].quotaBytes;
  if (sum <= quotaBytes * (1 - RESERVED_SHARE)) return;
  const mib = (bytes: number): string => `${Math.ceil(bytes / 1024 / 1024)}MiB`;
  refuse(
    ["store", "quota"],
    `store.quota (${mib(quotaBytes)}) is too small for the lanes and the journal (${mib(sum)})`,
    `Write at least ${mib(sum / (1 - RESERVED_SHARE))}, or smaller quotas for lanes and journal.`,
  );
}

function checkProfiles(file: GatewayFile, { problems, profiles }: CheckContext): void {
  const receiveMaximum = Math.max(0, ...file.mqtt.map((entry) => entry.receiveMaximum));
  for (const { file: path, identity } of profiles) {
    const { window = IDENTITY_WINDOW } = identity ?? {};
    if (identity === undefined || window >= receiveMaximum) continue;
    problems.add({
      message: windowMessage(window, receiveMaximum),
      position: { file: path, line: 1, column: 1 },
      hint: WINDOW_HINT,
    });
  }
}

const WINDOW_HINT = "Raise identity.window or lower mqtt.receiveMaximum.";

function windowMessage(window: number, receiveMaximum: number): string {
  return `identity.window (${window}) is below receiveMaximum (${receiveMaximum}): a re-send could be too old to tell`;
}

/**
 * Checks the sinks of rules against the configuration: none is promised exactly-once by a gateway that may settle for
 * less. Throws like `checkTables`.
 */
export function checkSinks(sinks: readonly CheckedTable[], { kafka }: GatewayConfig): void {
  if (kafka === undefined || kafka.delivery === "exactly-once") return;
  for (const { name, options, position } of sinks) {
    if (options["sink.delivery-guarantee"] !== "exactly-once") continue;
    throw new GatewayError(
      `table ${name}: 'sink.delivery-guarantee' = 'exactly-once', but kafka.delivery is ${kafka.delivery}`,
      {
        code: "CONFIG_INVALID",
        blame: "config",
        hint: "Leave the option out, or set kafka.delivery: exactly-once.",
        position,
      },
    );
  }
}

/** What is checked of a planned table. */
export interface CheckedTable {
  readonly name: string;
  readonly options: Readonly<Record<string, string>>;
  readonly position: SourcePosition;
  readonly places?: Readonly<Record<string, SourcePosition>>;
}

/** Refuses formats that need a schema registry where there is none. Throws GatewayError of blame config. */
export function checkFormats(tables: readonly CheckedTable[], config: GatewayConfig): void {
  if (config.schemaRegistry !== undefined) return;
  for (const { name, options, position, places } of tables) {
    const option = Object.keys(options).find(
      (each) => /^(?:(?:key|value)\.)?format$/.test(each) && options[each] === CONFLUENT_FORMAT,
    );
    if (option === undefined) continue;
    throw new GatewayError(`table ${name}: format '${CONFLUENT_FORMAT}' needs a schema registry`, {
      code: "CONFIG_INVALID",
      blame: "config",
      hint: "Add schemaRegistry: {url: …} to gateway.yaml.",
      position: places?.[option] ?? position,
    });
  }
}

/**
 * Checks the tables of rules against the configuration: `source` names an mqtt entry, and an identity window covers
 * what its clients may have in flight. Throws GatewayError of blame config for the first that does not fit.
 */
export function checkTables(tables: readonly CheckedTable[], config: GatewayConfig): void {
  for (const { name, options, position } of tables) {
    const refuse = (message: string, hint: string): GatewayError =>
      new GatewayError(`table ${name}: ${message}`, {
        code: "CONFIG_INVALID",
        blame: "config",
        hint,
        position,
      });
    const { source } = options as { source?: string };
    const entries = config.mqtt.filter((entry) => source === undefined || entry.name === source);
    if (entries.length === 0) {
      const names = config.mqtt.map((entry) => entry.name);
      throw refuse(
        `'source' = '${source ?? ""}' names no mqtt entry of ${config.file}`,
        didYouMean(source ?? "", names) ?? `There are: ${names.join(", ")}.`,
      );
    }
    if (options["identity.sequence"] === undefined) continue;
    const window = Number(options["identity.window"] ?? IDENTITY_WINDOW);
    const receiveMaximum = Math.max(...entries.map((entry) => entry.receiveMaximum));
    if (window < receiveMaximum) throw refuse(windowMessage(window, receiveMaximum), WINDOW_HINT);
  }
}
