// The two Kafka requests the kit needs before any client is there: is the broker ready, make a topic.

import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

const METADATA = 3;
const CREATE_TOPICS = 19;
const VERSION = 4;
const TOPIC_EXISTS = 36;
const TRY_AGAIN: ReadonlySet<number> = new Set([-1, 7, 41]);
const TRIES = 20;

export interface TopicOptions {
  /** Default 1. */
  readonly partitions?: number;
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

/** Creates a topic with one replica. An existing one is fine. */
export async function requestTopic(
  port: number,
  name: string,
  { partitions = 1, configs = {} }: TopicOptions,
): Promise<void> {
  const settings = Object.entries(configs).map(([key, value]) =>
    Buffer.concat([text(key), text(String(value))]),
  );
  const topic = Buffer.concat([
    text(name),
    int32(partitions),
    int16(1),
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

/** One request on a connection of its own. The answer's body, without length and correlation id. */
async function request(
  port: number,
  { api, body, limitMs }: { api: number; body: Buffer; limitMs: number },
): Promise<Buffer> {
  return await new Promise<Buffer>((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let received = Buffer.alloc(0);
    socket.setTimeout(limitMs, () => socket.destroy(new Error("no answer in time")));
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("connection closed")));
    socket.on("connect", () => {
      const head = Buffer.concat([int16(api), int16(VERSION), int32(1), text("headrace-kit")]);
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
