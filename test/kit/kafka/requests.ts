// The Kafka requests the kit needs apart from any client: is the broker ready, make a topic, delete topics, who leads.

import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** Requests as key and version; none of these versions is a flexible one. */
const METADATA = { key: 3, version: 4 };
const FIND_COORDINATOR = { key: 10, version: 1 };
const CREATE_TOPICS = { key: 19, version: 4 };
const DELETE_TOPICS = { key: 20, version: 3 };
const TOPIC_EXISTS = 36;
const TRY_AGAIN: ReadonlySet<number> = new Set([-1, 7, 41]);
const TRIES = 20;

export interface TopicOptions {
  /** Default 1. */
  readonly partitions?: number;
  /** Default 1. */
  readonly replicas?: number;
  readonly configs?: Readonly<Record<string, string | number>>;
}

/** True when the broker on `port` lists itself. */
export async function isReady(port: number): Promise<boolean> {
  try {
    const body = Buffer.concat([int32(0), Buffer.from([0])]);
    const answer = await request(port, { api: METADATA, body, limitMs: 1000 });
    return answer.readInt32BE(4) >= 1;
  } catch {
    return false;
  }
}

/** Creates a topic. An existing one is fine. */
export async function requestTopic(
  port: number,
  name: string,
  { partitions = 1, replicas = 1, configs = {} }: TopicOptions,
): Promise<void> {
  const settings = Object.entries(configs).map(([key, value]) =>
    Buffer.concat([text(key), text(String(value))]),
  );
  const topic = Buffer.concat([
    text(name),
    int32(partitions),
    int16(replicas),
    int32(0), // no assignments
    int32(settings.length),
    ...settings,
  ]);
  const body = Buffer.concat([int32(1), topic, int32(10_000), Buffer.from([0])]);
  for (let left = TRIES; ; left--) {
    const answer = await request(port, { api: CREATE_TOPICS, body, limitMs: 15_000 });
    const code = answer.readInt16BE(8 + 2 + Buffer.byteLength(name));
    if (code === 0 || code === TOPIC_EXISTS) return;
    if (left === 0 || !TRY_AGAIN.has(code)) throw new Error(`create ${name}: Kafka code ${code}`);
    await pause(200);
  }
}

/** Deletes topics; their files go a minute later. Those that do not exist are fine. */
export async function requestDeletion(port: number, names: readonly string[]): Promise<void> {
  const body = Buffer.concat([int32(names.length), ...names.map(text), int32(10_000)]);
  await request(port, { api: DELETE_TOPICS, body, limitMs: 15_000 });
}

/** The node that leads a partition. Throws while there is none. */
export async function findLeader(port: number, topic: string, partition: number): Promise<number> {
  const body = Buffer.concat([int32(1), text(topic), Buffer.from([0])]);
  const reader = new Reader(await request(port, { api: METADATA, body, limitMs: 5000 }));
  reader.skip(4);
  reader.array(() => {
    reader.skip(4);
    reader.text();
    reader.skip(4);
    reader.text(); // rack
  });
  reader.text();
  reader.skip(4);
  let leader = -1;
  reader.array(() => {
    reader.skip(2);
    reader.text();
    reader.skip(1);
    reader.array(() => {
      reader.skip(2);
      const index = reader.int32();
      const node = reader.int32();
      if (index === partition) leader = node;
      for (let lists = 0; lists < 2; lists++) reader.array(() => reader.skip(4));
    });
  });
  if (leader < 0) throw new Error(`${topic}/${partition} has no leader`);
  return leader;
}

/** The node that coordinates the transactions of an id. Throws while there is none. */
export async function findCoordinator(port: number, transactionalId: string): Promise<number> {
  const body = Buffer.concat([text(transactionalId), Buffer.from([1])]);
  const reader = new Reader(await request(port, { api: FIND_COORDINATOR, body, limitMs: 5000 }));
  reader.skip(6);
  reader.text();
  const node = reader.int32();
  if (node < 0) throw new Error(`${transactionalId} has no coordinator`);
  return node;
}

/** One request on a connection of its own. The answer, without length and correlation id. */
export async function request(
  port: number,
  { api, body, limitMs }: { api: typeof METADATA; body: Buffer; limitMs: number },
): Promise<Buffer> {
  return await new Promise<Buffer>((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let received = Buffer.alloc(0);
    socket.setTimeout(limitMs, () => socket.destroy(new Error("no answer in time")));
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("connection closed")));
    socket.on("connect", () => {
      const { key, version } = api;
      const head = Buffer.concat([int16(key), int16(version), int32(1), text("headrace-kit")]);
      socket.write(Buffer.concat([int32(head.length + body.length), head, body]));
    });
    socket.on("data", (data: Buffer) => {
      received = Buffer.concat([received, data]);
      if (received.length < 4 || received.length < 4 + received.readInt32BE(0)) return;
      socket.destroy();
      resolve(received.subarray(8));
    });
  });
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function text(value: string): Buffer {
  return Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)]);
}

/** Reads the plain encoding. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  int32(): number {
    this.#at += 4;
    return this.#bytes.readInt32BE(this.#at - 4);
  }

  /** "" for null. */
  text(): string {
    const bytes = Math.max(0, this.#bytes.readInt16BE(this.#at));
    this.#at += 2 + bytes;
    return this.#bytes.toString("utf8", this.#at - bytes, this.#at);
  }

  array(item: () => void): void {
    for (let left = this.int32(); left > 0; left--) item();
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }
}
