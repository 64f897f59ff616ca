// MqttClientSource: one `mqtt:` entry by which we are a client of a broker. MQTT.js keeps the life cycle of a connection
// (CONNECT, TLS, subscriptions, keep-alive); messages go around it (broker-stream.ts). One library client per
// connection: nothing is carried over but what stands here.
//
// - The session at the broker is durable: stable client id, Clean Start 0. It has a number in the session table, new
//   when the broker knows no session, and the filters it is subscribed to; a resumed session is subscribed again only
//   to what has changed, and with Retain Handling 1, so that retained messages are not counted twice.
// - Maximum Packet Size is announced as REFUSED_PACKET_BYTES, not `limits.packetBytes`: a broker drops what is larger
//   without a word, while we can say what it was.
// - MQTT 5.0; if the broker does not know it, 3.1.1 from then on.
// - A connection that fails or ends is tried again after a back-off; one log line per reason, not per attempt. Another
//   client with our id shows as a connection that is ended again and again, which is logged as an error.

import { REFUSED_PACKET_BYTES } from "../core/limits.ts";
import { BackOff } from "./back-off.ts";
import { brokerAddress } from "./broker-address.ts";
import type { BrokerUrl } from "./broker-address.ts";
import { BrokerReport } from "./broker-report.ts";
import { BrokerStream } from "./broker-stream.ts";
import type { BudgetSource } from "./byte-budget.ts";
import { NEVER_EXPIRES } from "./connect-packet.ts";
import type { SourceContext } from "./listener.ts";
import { mqtt, type IClientOptions, type MqttClient } from "./mqttjs.ts";
import { type Fault, SESSION_TAKEN_OVER, UNSUPPORTED_PROTOCOL_VERSION } from "./reason-codes.ts";
import type { Session, SessionHolder } from "./sessions.ts";
import { type BrokerAddress, openSocket } from "./socket-reader.ts";
import { newSourceStats, type SourceStats } from "./stats.ts";
import { systemTimers, type Timers } from "./timers.ts";

/** The `mqtt:` entry, defaults filled in. */
export interface ClientEntry extends BrokerUrl {
  readonly name: string;
  readonly clientId: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Asked of the broker. */
  readonly sessionExpirySeconds: number;
  readonly receiveMaximum: number;
  readonly limits: { readonly packetBytes: number };
  readonly keepAliveSeconds?: number;
}

export interface ClientContext extends SourceContext {
  /** The topic filters to be subscribed to, with QoS 1. */
  readonly filters: readonly string[];
  /** The broker has accepted us, or the connection to it has ended. Not told of our own end. */
  onLink(isUp: boolean): void;
}

/** PINGREQ after this long without one; a dead peer is noticed within 1.5 times this. */
const KEEP_ALIVE_SECONDS = 30;
/** TCP, TLS and CONNACK. */
const CONNECT_TIMEOUT_MS = 30_000;

/** See the header. */
export class MqttClientSource implements BudgetSource, SessionHolder {
  readonly name: string;
  readonly stats: SourceStats = newSourceStats();
  readonly #entry: ClientEntry;
  readonly #context: ClientContext;
  readonly #timers: Timers;
  readonly #address: BrokerAddress;
  readonly #backOff = new BackOff();
  readonly #report: BrokerReport;
  #version: 4 | 5 = 5;
  #client: MqttClient | undefined;
  #stream: BrokerStream | undefined;
  #session: Session | undefined;
  #connectedAtMs: number | undefined;
  #cancelRetry: (() => void) | undefined;
  #reading = true;
  #closing = false;
  #onEnded: (() => void) | undefined;

  constructor(entry: ClientEntry, context: ClientContext) {
    this.name = entry.name;
    this.#entry = entry;
    this.#context = context;
    this.#report = new BrokerReport(entry, context.logger, context.clock);
    this.#timers = context.timers ?? systemTimers;
    this.#address = brokerAddress(entry);
  }

  /** True while the broker has accepted us. */
  get connected(): boolean {
    return this.stats.connections > 0;
  }

  /** Why there is no connection; undefined while there is one, or before the first attempt has failed. */
  get problem(): string | undefined {
    return this.#report.problem;
  }

  /** Begins to connect, and goes on for ever; does not wait. */
  start(): void {
    this.#context.budget.attach(this);
    this.#attempt();
  }

  setAllReading(reading: boolean): void {
    this.#reading = reading;
    this.#stream?.link.setStrained(!reading);
  }

  /** Reads nothing more; PUBACKs still go out. Connects no more. */
  stopReading(): void {
    this.#closing = true;
    this.#cancelRetry?.();
    this.#stream?.link.stop();
  }

  /** DISCONNECT; the session stays at the broker. Cut off after `timeoutMs`. */
  async close(timeoutMs = 1000): Promise<void> {
    this.stopReading();
    this.#context.budget.detach(this);
    if (this.#client === undefined) return;
    const ended = new Promise<void>((resolve) => (this.#onEnded = resolve));
    this.#client.end(!this.connected);
    const cancel = this.#timers.after(timeoutMs, () => this.#stream?.destroy());
    await ended;
    cancel();
  }

  takenOver(): void {
    this.#stream?.destroy();
  }

  #attempt(): void {
    const client = new mqtt.MqttClient(() => this.#openStream(), this.#options());
    this.#client = client;
    let error: Error | undefined;
    client.on("error", (raised) => (error ??= raised));
    client.on("packetsend", ({ cmd }) => {
      if (cmd === "pingreq") this.#stream?.pingSent();
    });
    client.on("connect", () => this.#subscribe(client));
    client.once("close", () => this.#ended(error));
  }

  #openStream(): BrokerStream {
    const { batcher, budget, clock, poller } = this.#context;
    const { packetBytes } = this.#entry.limits;
    const stream = new BrokerStream({
      open: (onBytes) => openSocket(this.#address, onBytes, poller),
      version: this.#version,
      link: { batcher, budget, clock, stats: this.stats, packetBytes },
      events: {
        onAccepted: (present) => this.#accepted(stream, present),
        onFault: (fault) => this.#fault(fault),
      },
    });
    this.#stream = stream;
    if (!this.#reading) stream.link.setStrained(true);
    return stream;
  }

  #options(): IClientOptions {
    const { clientId, username, password, sessionExpirySeconds, receiveMaximum } = this.#entry;
    return {
      protocolId: "MQTT",
      protocolVersion: this.#version,
      clientId,
      clean: false,
      keepalive: this.#entry.keepAliveSeconds ?? KEEP_ALIVE_SECONDS,
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectPeriod: 0,
      resubscribe: false,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(this.#version === 5
        ? {
            properties: {
              sessionExpiryInterval: sessionExpirySeconds,
              receiveMaximum,
              maximumPacketSize: REFUSED_PACKET_BYTES,
            },
          }
        : {}),
    };
  }

  #accepted(stream: BrokerStream, sessionPresent: boolean): void {
    const { clock, sessions } = this.#context;
    this.stats.connects++;
    this.stats.connections = 1;
    this.#connectedAtMs = clock.monotonicMs();
    this.#report.accepted(sessionPresent);
    this.#context.onLink(true);
    const { name: source, clientId, receiveMaximum } = this.#entry;
    // The broker ends the session, so ours lasts until the broker no longer knows it.
    const request = {
      source,
      clientId,
      cleanStart: !sessionPresent,
      expirySeconds: NEVER_EXPIRES,
      holder: this,
    };
    this.#session = sessions.open(request, ({ session }) => {
      if (!stream.link.open) return;
      const client = { source, clientId, session: session.number };
      stream.link.accept(client, { version: this.#version, receiveMaximum });
      stream.link.release();
    });
    if (this.#session === undefined) stream.destroy(new Error("too many MQTT sessions"));
  }

  /** Brings the session's subscriptions to what is wanted. */
  #subscribe(client: MqttClient): void {
    const session = this.#session;
    if (session === undefined) return;
    const had = session.filters ?? [];
    const wanted = this.#context.filters;
    const added = wanted.filter((filter) => !had.includes(filter));
    const removed = had.filter((filter) => !wanted.includes(filter));
    if (removed.length > 0) client.unsubscribe(removed);
    if (added.length === 0) {
      if (removed.length > 0) this.#context.sessions.setFilters(session, wanted);
      return;
    }
    const properties = this.#version === 5 ? { rh: 1 } : {};
    client.subscribe(added, { qos: 1, ...properties }, (error, granted) => {
      if (this.#client !== client) return;
      const refused = (granted ?? []).filter(({ qos }) => qos > 1).map(({ topic }) => topic);
      if (error !== null || refused.length > 0) {
        this.#report.refused(refused.length > 0 ? refused : added, error?.message);
      }
      if (error !== null) return;
      const kept = wanted.filter((filter) => !refused.includes(filter));
      this.#context.sessions.setFilters(session, kept);
    });
  }

  #fault(fault: Fault): void {
    this.stats.protocolErrors++;
    this.#report.fault(fault);
  }

  #ended(error: Error | undefined): void {
    const { clock, sessions } = this.#context;
    const stream = this.#stream;
    const nowMs = clock.monotonicMs();
    const wasUp = this.#connectedAtMs !== undefined;
    const upMs = this.#connectedAtMs === undefined ? 0 : nowMs - this.#connectedAtMs;
    if (this.#session !== undefined) sessions.close(this.#session, this);
    this.stats.connections = 0;
    this.#connectedAtMs = undefined;
    this.#session = undefined;
    this.#client = undefined;
    this.#stream = undefined;
    this.#onEnded?.();
    if (this.#closing) return;
    if (wasUp) this.#context.onLink(false);
    const { connackCode, disconnectCode } = stream ?? {};
    if (connackCode === UNSUPPORTED_PROTOCOL_VERSION) this.#version = 4;
    if (connackCode !== 0) this.stats.refused++;
    if (disconnectCode === SESSION_TAKEN_OVER) this.stats.takeovers++;
    const delayMs = this.#backOff.delayMs(upMs);
    this.#report.ended({ error, connackCode, disconnectCode, retryInMs: Math.round(delayMs) });
    this.#cancelRetry = this.#timers.after(delayMs, () => this.#attempt());
  }
}
