// What a message between threads becomes on the other side: what `structuredClone` makes of it, which takes longer for
// what our messages are made of. Functions and symbols are an error, as they are between threads.

/** A copy of `message` that shares nothing with it. The buffers in `transfer` move over, and are detached here. */
export function messageCopy<T>(message: T, transfer: readonly ArrayBuffer[]): T {
  const buffers = new Map(transfer.map((buffer) => [buffer, buffer.transfer()]));
  return copyOf(message, buffers) as T;
}

type Buffers = Map<ArrayBufferLike, ArrayBuffer>;

function copyOf(value: unknown, buffers: Buffers): unknown {
  if (typeof value === "function" || typeof value === "symbol") {
    throw new TypeError(`a ${typeof value} cannot be sent to another thread`);
  }
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => copyOf(each, buffers));
  if (value instanceof Uint8Array) {
    const { byteOffset, byteLength } = value;
    return new Uint8Array(bufferOf(value.buffer, buffers), byteOffset, byteLength);
  }
  if (value instanceof ArrayBuffer) return bufferOf(value, buffers);
  if (value instanceof Map) {
    return new Map([...value].map(([key, each]) => [copyOf(key, buffers), copyOf(each, buffers)]));
  }
  if (value instanceof Set) return new Set([...value].map((each) => copyOf(each, buffers)));
  if (isOther(value)) return structuredClone(value);
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    copy[key] = copyOf((value as Record<string, unknown>)[key], buffers);
  }
  return copy;
}

function bufferOf(buffer: ArrayBufferLike, buffers: Buffers): ArrayBuffer {
  const known = buffers.get(buffer);
  if (known !== undefined) return known;
  const copy = new Uint8Array(buffer.byteLength);
  copy.set(new Uint8Array(buffer));
  buffers.set(buffer, copy.buffer);
  return copy.buffer;
}

/** Of a kind that a structured clone keeps. */
function isOther(value: object): boolean {
  return ArrayBuffer.isView(value) || value instanceof Error || value instanceof Date;
}
