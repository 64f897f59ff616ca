// A process with nothing but an uplink, to be killed: its outbox lives in the parent (served by child.ts).

import type { OutboxChunk, LaneState } from "../../src/core/protocol.ts";
import type { Outbox } from "../../src/uplink/outbox.ts";
import { newUplink } from "./kit.ts";

export type FromChild =
  | { kind: "read"; id: number; args: Parameters<Outbox["read"]> }
  | { kind: "confirm"; args: Parameters<Outbox["confirm"]> };
export type ToChild =
  | { kind: "lanes"; lanes: LaneState[] }
  | { kind: "chunks"; id: number; chunks: OutboxChunk[] };

const answers = new Map<number, (chunks: OutboxChunk[]) => void>();
let lastId = 0;

const outbox: Outbox = {
  read: async (...args) =>
    await new Promise<OutboxChunk[]>((resolve) => {
      answers.set(++lastId, resolve);
      send({ kind: "read", id: lastId, args });
    }),
  confirm: (...args) => send({ kind: "confirm", args }),
  reconcile: async () => undefined,
  noteTopics: async () => undefined,
  endRollback: async () => undefined,
  stopRows: async () => ({ incarnation: "", sequence: 0 }),
};

const uplink = newUplink(process.argv[2]!, outbox);
process.on("message", (message: ToChild) => {
  if (message.kind === "lanes") uplink.notify(message.lanes);
  else {
    answers.get(message.id)?.(message.chunks);
    answers.delete(message.id);
  }
});
process.on("disconnect", () => process.exit());
uplink.start();

function send(message: FromChild): void {
  process.send!(message);
}
