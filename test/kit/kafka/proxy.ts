// A TCP proxy that knows Kafka's framing and loses or delays chosen requests or answers: "the commit went through,
// but nobody told me", which killing processes rarely hits.

import { connect, createServer, type Server, type Socket } from "node:net";
import { freePorts } from "./ports.ts";

const API_NAMES: ReadonlyMap<number, string> = new Map([
  [0, "Produce"],
  [1, "Fetch"],
  [2, "ListOffsets"],
  [3, "Metadata"],
  [10, "FindCoordinator"],
  [22, "InitProducerId"],
  [24, "AddPartitionsToTxn"],
  [26, "EndTxn"],
]);

export interface FaultRule {
  readonly api: string;
  /** "request": it never arrives. "response": it was done, but the answer is lost. Either way the link is cut. */
  readonly when: "request" | "response";
  /** Strikes the n-th one from when the rule was added; or each with a probability. */
  readonly nth?: number;
  readonly probability?: number;
  /** Delay it by this instead. */
  readonly delayMs?: number;
}

export interface ProxyOptions {
  /** Of the faults with a probability. */
  readonly random?: () => number;
  /** Bytes per second in each direction; and a delay of each answer. */
  readonly bytesPerSecond?: number;
  readonly latencyMs?: number;
}

export class KafkaProxy {
  readonly port: number;
  /** Where it leads; may change with a broker. */
  target = 0;
  /** Requests that came. */
  requests = 0;
  /** How often each fault has struck, by "api when". */
  readonly faults: Record<string, number> = {};
  readonly #server: Server;
  /** May change at any time. */
  options: ProxyOptions;
  readonly #rules: { rule: FaultRule; seen: number }[] = [];
  readonly #links = new Set<Link>();

  private constructor(server: Server, port: number, options: ProxyOptions) {
    this.#server = server;
    this.port = port;
    this.options = options;
    server.on("connection", (client) => {
      const link = new Link(client, connect(this.target, "127.0.0.1"), {
        strike: (api, when) => this.#strike(api, when),
        options: () => this.options,
        onEnd: () => this.#links.delete(link),
      });
      this.#links.add(link);
    });
  }

  static async start(options: ProxyOptions = {}): Promise<KafkaProxy> {
    const [port] = await freePorts(1);
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", resolve);
    });
    return new KafkaProxy(server, port!, options);
  }

  add(rule: FaultRule): void {
    this.#rules.push({ rule, seen: 0 });
  }

  /** No more faults. */
  clear(): void {
    this.#rules.length = 0;
  }

  /** Ends every connection. */
  cut(): void {
    for (const link of this.#links) link.cut();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #strike(apiKey: number, when: FaultRule["when"]): FaultRule | undefined {
    if (when === "request") this.requests++;
    const api = API_NAMES.get(apiKey);
    for (const entry of this.#rules) {
      const { rule } = entry;
      if (rule.api !== api || rule.when !== when) continue;
      entry.seen++;
      const isHit =
        rule.nth === undefined
          ? (this.options.random ?? Math.random)() < (rule.probability ?? 0)
          : entry.seen === rule.nth;
      if (!isHit) continue;
      const name = `${api} ${when}`;
      this.faults[name] = (this.faults[name] ?? 0) + 1;
      return rule;
    }
    return undefined;
  }
}

interface LinkOptions {
  readonly strike: (api: number, when: FaultRule["when"]) => FaultRule | undefined;
  readonly options: () => ProxyOptions;
  readonly onEnd: () => void;
}

/** One client's connection and its counterpart at the broker. */
class Link {
  readonly #client: Socket;
  readonly #broker: Socket;
  readonly #apiOf = new Map<number, number>();
  readonly #link: LinkOptions;
  #isDead = false;

  constructor(client: Socket, broker: Socket, link: LinkOptions) {
    this.#client = client;
    this.#broker = broker;
    this.#link = link;
    client.setNoDelay(true);
    broker.setNoDelay(true);
    for (const socket of [client, broker]) socket.on("error", this.cut).on("close", this.cut);
    const { options } = link;
    const toBroker = new Pipe(broker, () => ({ ...options(), latencyMs: 0 }));
    const toClient = new Pipe(client, options);
    client.on(
      "data",
      onFrame((frame) => this.#request(frame, toBroker)),
    );
    broker.on(
      "data",
      onFrame((frame) => this.#response(frame, toClient)),
    );
  }

  readonly cut = (): void => {
    if (this.#isDead) return;
    this.#isDead = true;
    this.#client.destroy();
    this.#broker.destroy();
    this.#link.onEnd();
  };

  #request(frame: Buffer, pipe: Pipe): void {
    if (this.#isDead) return;
    const api = frame.readInt16BE(4);
    this.#apiOf.set(frame.readInt32BE(8), api);
    this.#pass(frame, pipe, this.#link.strike(api, "request"));
  }

  #response(frame: Buffer, pipe: Pipe): void {
    if (this.#isDead) return;
    const id = frame.readInt32BE(4);
    const api = this.#apiOf.get(id) ?? -1;
    this.#apiOf.delete(id);
    this.#pass(frame, pipe, this.#link.strike(api, "response"));
  }

  #pass(frame: Buffer, pipe: Pipe, fault: FaultRule | undefined): void {
    if (fault !== undefined && fault.delayMs === undefined) this.cut();
    else pipe.send(frame, fault?.delayMs ?? 0);
  }
}

/** Frames in order, each after its delay. */
class Pipe {
  readonly #to: Socket;
  readonly #limits: () => Pick<ProxyOptions, "bytesPerSecond" | "latencyMs">;
  #freeAtMs = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(to: Socket, limits: () => Pick<ProxyOptions, "bytesPerSecond" | "latencyMs">) {
    this.#to = to;
    this.#limits = limits;
  }

  send(frame: Buffer, delayMs: number): void {
    const { bytesPerSecond = Infinity, latencyMs = 0 } = this.#limits();
    const nowMs = performance.now();
    this.#freeAtMs = Math.max(this.#freeAtMs, nowMs) + (frame.length * 1000) / bytesPerSecond;
    const waitMs = this.#freeAtMs - nowMs + latencyMs + delayMs;
    const before = this.#last;
    this.#last = (async () => {
      if (waitMs >= 1) await new Promise((resolve) => setTimeout(resolve, waitMs));
      await before;
      if (!this.#to.destroyed) this.#to.write(frame);
    })();
  }
}

/** A data handler that calls back with whole frames, length included. */
function onFrame(take: (frame: Buffer) => void): (data: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (data) => {
    rest = Buffer.concat([rest, data]);
    let at = 0;
    while (rest.length - at >= 4 && rest.length - at >= 4 + rest.readInt32BE(at)) {
      const end = at + 4 + rest.readInt32BE(at);
      take(Buffer.from(rest.subarray(at, end)));
      at = end;
    }
    rest = rest.subarray(at);
  };
}
