// Message batches for tests, laid out as ingest lays them out.

import {
  DUP_BIT,
  QOS_SHIFT,
  RETAIN_BIT,
  STRIDE,
  TRUNCATED_BIT,
} from "../../src/core/message-batch.ts";
import type { BatchClient, MessageBatch } from "../../src/core/message-batch.ts";
import type { Column, RowBatch } from "../../src/core/row-batch.ts";
import { VALUE, WIDE } from "../../src/core/row-batch.ts";
import type { SqlValue } from "../../src/core/types.ts";
import type { DecodeTable } from "../../src/decode/table.ts";

export interface TestMessage {
  readonly topic: string;
  readonly payload: string | Uint8Array;
  readonly qos?: number;
  readonly retain?: boolean;
  readonly dup?: boolean;
  readonly packetId?: number;
  readonly client?: BatchClient;
  /** Milliseconds after the batch's receive time. */
  readonly afterMs?: number;
  /** Length before it was cut. */
  readonly truncatedFrom?: number | undefined;
}

const CLIENT: BatchClient = { source: "direct", clientId: "c1", session: 1 };
export const RECEIVE_TIME_MS = 1_767_225_600_000;

/** A batch that names each topic. */
export function messageBatch(messages: readonly TestMessage[]): MessageBatch {
  const payloads = messages.map(({ payload }) => Buffer.from(payload));
  const all = Buffer.concat(payloads);
  const bytes = new ArrayBuffer(all.length + 16);
  new Uint8Array(bytes).set(all);
  const words = new Uint32Array(messages.length * STRIDE);
  const topics: string[] = [];
  const clients: BatchClient[] = [];
  const truncated = new Map<number, number>();
  let end = 0;
  for (const [i, message] of messages.entries()) {
    const { topic, qos = 1, client = CLIENT, truncatedFrom } = message;
    if (!topics.includes(topic)) topics.push(topic);
    if (!clients.includes(client)) clients.push(client);
    if (truncatedFrom !== undefined) truncated.set(i, truncatedFrom);
    end += payloads[i]?.length ?? 0;
    words[i * STRIDE] = end;
    words[i * STRIDE + 1] =
      topics.indexOf(topic) |
      (qos << QOS_SHIFT) |
      (message.retain === true ? RETAIN_BIT : 0) |
      (message.dup === true ? DUP_BIT : 0) |
      (truncatedFrom === undefined ? 0 : TRUNCATED_BIT);
    words[i * STRIDE + 2] = message.afterMs ?? 0;
    words[i * STRIDE + 3] = (clients.indexOf(client) << 16) | (message.packetId ?? (qos && i + 1));
  }
  return {
    id: 1,
    count: messages.length,
    receiveTimeMs: RECEIVE_TIME_MS,
    engineTimeMs: 5,
    bytes,
    byteLength: all.length,
    words: words.buffer,
    topicIds: Uint32Array.from(topics.keys()),
    topicNames: new Map(topics.entries()),
    clients,
    truncated,
  };
}

/** The rows that are not skipped, as objects by column name; columns that were not decoded are left out. */
export function rowsOf(table: DecodeTable, batch: RowBatch): Record<string, SqlValue>[] {
  const rows: Record<string, SqlValue>[] = [];
  for (let row = 0; row < batch.count; row++) {
    if (batch.skip[row] === 1) continue;
    const entries = batch.columns.flatMap((column, i): [string, SqlValue][] => {
      const field = table.columns[i];
      if (column === undefined || field === undefined) return [];
      return [[field.name, valueAt(column, row, field.type.kind === "BOOLEAN")]];
    });
    rows.push(Object.fromEntries(entries));
  }
  return rows;
}

function valueAt(column: Column, row: number, isBoolean: boolean): SqlValue {
  if (column.layout === "value") return column.values[row] ?? null;
  if (column.state[row] === WIDE) return column.wide.get(row) ?? null;
  if (column.state[row] !== VALUE) return null;
  const value = column.values[row] ?? null;
  return isBoolean ? value === 1 : value;
}
