// A batch of received messages: how it crosses from main to the core worker (transferred, never copied),
// and how the journal stores it. No object per message: one region of payload bytes and one table of words.
//
// words, STRIDE per message:
//   [0] end of the payload in `bytes` (it starts where the previous one ended)
//   [1] index into `topics` | qos << 24 | retain << 26 | dup << 27 | truncated << 28
//   [2] receive time: milliseconds after `receiveTimeMs`
//   [3] index into `clients` << 16 | packet id (0 for QoS 0)

export const STRIDE = 4;
export const TOPIC_MASK = 0xffffff;
export const QOS_SHIFT = 24;
export const RETAIN_BIT: number = 1 << 26;
export const DUP_BIT: number = 1 << 27;
/** The PUBLISH was above `limits.packetBytes`; `bytes` holds its first 4 KiB, see `truncated`. */
export const TRUNCATED_BIT: number = 1 << 28;

/**
 * Who sent a message: `source` is the name of the `mqtt:` entry of gateway.yaml it came by; `session` changes
 * with every clean start, so packet ids of an older session never match.
 */
export interface BatchClient {
  readonly source: string;
  readonly clientId: string;
  readonly session: number;
}

/** What `ingest` hands to the core worker. Message i's payload is bytes[end(i-1), end(i)). */
export interface MessageBatch {
  /** Counts from 1 per process; answered by "committed through". */
  readonly id: number;
  readonly count: number;
  /** Wall clock at the first message, and engine time (milliseconds, stands still while stopped). */
  readonly receiveTimeMs: number;
  readonly engineTimeMs: number;
  readonly bytes: ArrayBuffer;
  readonly byteLength: number;
  readonly words: ArrayBuffer;
  /**
   * The sender's number of each topic, by the batch's topic index; none twice in a batch. Numbers are below
   * TOPICS_MAX and used again. (A typed array: 4,000 objects would cost more to clone than their messages to run.)
   */
  readonly topicIds: Uint32Array;
  /** Names of numbers that are used for the first time; a name replaces the older one of its number. */
  readonly topicNames: ReadonlyMap<number, string>;
  readonly clients: readonly BatchClient[];
  /** Original payload length by message index, for messages with TRUNCATED_BIT. */
  readonly truncated: ReadonlyMap<number, number>;
}
