// A fleet over MQTT on loopback: one connection per device, QoS 1, driven by a pace (real time, × N, or flow control
// by acknowledgement). A fact is its device's until the PUBACK: the connections send again whatever an outage left
// open. Ten thousand devices fit: one timer for the clock, one for all keep-alives.

import type { DeviceEncoder } from "../device/encoder.ts";
import type { Fact } from "../device/device.ts";
import type { DevicePlan } from "../device/plan.ts";
import { Fleet, type Transmission } from "../fleet.ts";
import type { TruthLog } from "../truth.ts";
import { DeviceConnection } from "./connection.ts";
import type { MqttVersion } from "./frames.ts";
import type { InFlight, Pace } from "./pace.ts";

/** One simulated device: what it does and how it writes. */
export interface FleetDevice {
  readonly name: string;
  readonly plan: DevicePlan;
  readonly encoder: DeviceEncoder;
}

export interface MqttFleetOptions {
  readonly host: string;
  readonly port: number;
  /** Of device i; a mix of both is what a plant has. */
  readonly version: (device: number) => MqttVersion;
  readonly seed: number;
  readonly devices: readonly FleetDevice[];
  readonly pace: Pace;
  readonly window?: number;
  readonly queueMessages?: number;
  /** Longest wait between two tries to connect; default 1 s. */
  readonly backOffMaxMs?: number;
  readonly truth?: TruthLog;
  /** After acknowledgements were counted; called often, must be cheap. */
  readonly onProgress?: () => void;
}

export interface MqttFleetStats {
  readonly sent: number;
  readonly acknowledged: number;
  readonly refused: number;
  readonly lost: number;
  /** Frames repeated with DUP after a reconnect, beside the re-sends the devices do by themselves. */
  readonly repeated: number;
  readonly connects: number;
  readonly connected: number;
}

interface Parcel {
  readonly fact: Fact;
  readonly flight: InFlight;
}

const KEEP_ALIVE_SECONDS = 60;
/** Connections opened per tick: a listen backlog holds some hundreds, more would wait for a SYN to be repeated. */
const OPEN_PER_TICK = 200;
const OPEN_TICK_MS = 20;
/** Events run per turn of the event loop, so that acknowledgements are read in between. */
const EVENTS_PER_TURN = 2_000;

/** Starts with `start`, ends with `stop`. */
export class MqttFleet {
  readonly #options: MqttFleetOptions;
  readonly #fleet: Fleet;
  readonly #connections: DeviceConnection<Parcel>[];
  readonly #topics: Buffer[];
  readonly #counts = { sent: 0, acknowledged: 0, refused: 0, lost: 0 };
  #settled = 0;
  #clock: NodeJS.Timeout | undefined;
  #keepAlive: NodeJS.Timeout | undefined;
  #opener: NodeJS.Timeout | undefined;
  #turn: NodeJS.Immediate | undefined;
  #stopped = false;

  constructor(options: MqttFleetOptions) {
    this.#options = options;
    this.#topics = options.devices.map((device) => Buffer.from(device.encoder.topic));
    this.#connections = options.devices.map((device, i) => this.#connection(device.name, i));
    const { seed, truth } = options;
    this.#fleet = new Fleet({
      seed,
      plans: options.devices.map((device) => device.plan),
      onTransmit: (transmission) => this.#transmit(transmission),
      onFact: (fact) => truth?.fact(fact),
      onLost: (fact) => {
        this.#counts.lost++;
        truth?.fate(fact, "lost");
      },
    });
  }

  get stats(): MqttFleetStats {
    let repeated = 0;
    let connects = 0;
    let connected = 0;
    for (const connection of this.#connections) {
      repeated += connection.stats.resent;
      connects += connection.stats.connects;
      if (connection.up) connected++;
    }
    return { ...this.#counts, repeated, connects, connected };
  }

  /** True when every device has fallen silent and every message has met its fate. */
  get finished(): boolean {
    return this.#fleet.nextTimeMs === Infinity && this.#settled === this.#counts.sent;
  }

  /** Virtual time of the next event, for progress displays. */
  get nextTimeMs(): number {
    return this.#fleet.nextTimeMs;
  }

  start(): void {
    let opened = 0;
    const openSome = (): void => {
      for (const connection of this.#connections.slice(opened, opened + OPEN_PER_TICK))
        connection.open();
      opened += OPEN_PER_TICK;
      if (opened < this.#connections.length) this.#opener = setTimeout(openSome, OPEN_TICK_MS);
    };
    openSome();
    this.#keepAlive = setInterval(
      () => {
        for (const connection of this.#connections) connection.keepAlive();
      },
      (KEEP_ALIVE_SECONDS * 1000) / 2,
    );
    this.#advance();
  }

  /** Breaks device i's link; it reconnects by itself. */
  breakLink(device: number): void {
    this.#connections[device]?.breakLink();
  }

  /** Disconnects every device. What was not acknowledged keeps its fate `sent`. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#clock);
    clearTimeout(this.#opener);
    clearInterval(this.#keepAlive);
    clearImmediate(this.#turn);
    for (const connection of this.#connections) connection.close();
  }

  #connection(name: string, device: number): DeviceConnection<Parcel> {
    const { host, port, version } = this.#options;
    return new DeviceConnection<Parcel>({
      host,
      port,
      version: version(device),
      clientId: name,
      window: this.#options.window ?? 100,
      queueMessages: this.#options.queueMessages ?? 10_000,
      keepAliveSeconds: KEEP_ALIVE_SECONDS,
      backOffMaxMs: this.#options.backOffMaxMs,
      onFate: (parcel, fate) => this.#fate(parcel, fate),
    });
  }

  #transmit(transmission: Transmission): void {
    const { fact, sending, atMs } = transmission;
    const device = this.#options.devices[fact.device] as FleetDevice;
    this.#options.truth?.sent(transmission);
    this.#counts.sent++;
    this.#connections[fact.device]?.publish({
      topic: this.#topics[fact.device] as Buffer,
      payload: Buffer.from(device.encoder.payload(fact)),
      dup: sending === "resend-dup",
      message: { fact, flight: this.#options.pace.sent(atMs) },
    });
  }

  #fate({ fact, flight }: Parcel, fate: "acknowledged" | "refused" | "lost"): void {
    this.#counts[fate]++;
    this.#settled++;
    this.#options.truth?.fate(fact, fate);
    this.#options.pace.acknowledged(flight);
    this.#options.onProgress?.();
    // Once per turn of the event loop: one read brings many PUBACKs.
    this.#turn ??= setImmediate(() => this.#advance());
  }

  #advance(): void {
    clearTimeout(this.#clock);
    clearImmediate(this.#turn);
    this.#turn = undefined;
    if (this.#stopped) return;
    const { pace } = this.#options;
    const ran = this.#fleet.run(pace.limitMs(this.#fleet.nextTimeMs), EVENTS_PER_TURN);
    if (ran === EVENTS_PER_TURN) {
      this.#turn = setImmediate(() => this.#advance());
      return;
    }
    const sleepMs = Math.max(1, pace.sleepMs(this.#fleet.nextTimeMs));
    this.#clock = setTimeout(() => this.#advance(), sleepMs);
  }
}
