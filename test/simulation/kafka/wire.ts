// The two requests whose bytes are the uplink's own: Produce version 7 and Fetch version 11, from the broker's side.

export interface ProducedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly batch: Buffer;
}

/** nullable string transactionalId  i16 acks  i32 timeout  [ string topic  [ i32 partition  i32 length  batch ] ] */
export function producedBatches(bytes: Buffer): {
  readonly transactionalId: string | null;
  readonly batches: readonly ProducedBatch[];
} {
  let at = 0;
  const readInt16 = (): number => bytes.readInt16BE((at += 2) - 2);
  const readInt32 = (): number => bytes.readInt32BE((at += 4) - 4);
  const utf8 = (length: number): string => bytes.toString("utf8", at, (at += length));
  const length = readInt16();
  const transactionalId = length < 0 ? null : utf8(length);
  readInt16();
  readInt32();
  const batches: ProducedBatch[] = [];
  for (let topics = readInt32(); topics > 0; topics--) {
    const topic = utf8(readInt16());
    for (let left = readInt32(); left > 0; left--) {
      const partition = readInt32();
      const size = readInt32();
      batches.push({ topic, partition, batch: bytes.subarray(at, (at += size)) });
    }
  }
  return { transactionalId, batches };
}

/** [ string topic  [ i32 partition  i16 code  i64 baseOffset  i64 appendTime  i64 logStart ] ]  i32 throttleMs */
export function produceAnswer(
  results: readonly { topic: string; partition: number; code: number }[],
): Buffer {
  const parts = [int32(results.length)];
  for (const { topic, partition, code } of results) {
    parts.push(text(topic), int32(1), int32(partition), int16(code), Buffer.alloc(24));
  }
  return Buffer.concat([...parts, int32(0)]);
}

/** See `decodeFetch` of src/uplink/progress-reader.ts: one topic, one partition, no list of aborted transactions. */
export function fetchAnswer(topic: string, partition: number, batches: Buffer): Buffer {
  return Buffer.concat([
    Buffer.alloc(10), // throttle, code, session
    int32(1),
    text(topic),
    int32(1),
    int32(partition),
    int16(0),
    Buffer.alloc(24), // high watermark, last stable offset, start of the log
    int32(0),
    int32(-1),
    int32(batches.length),
    batches,
  ]);
}

function text(value: string): Buffer {
  return Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)]);
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
