// Copies of messages between threads.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { messageCopy } from "./message-copy.ts";

describe("messageCopy", () => {
  it("gives what a structured clone gives", () => {
    const shared = new Uint8Array(8).fill(7);
    const message = {
      kind: "batch",
      none: undefined,
      nothing: null,
      wide: 2n ** 70n,
      bytes: Buffer.from("payload"),
      views: [shared.subarray(1, 3), shared.subarray(2)],
      words: new Float64Array([1, 2]),
      map: new Map([["a", { list: [1, [2]] }]]),
      set: new Set([1, 2]),
      error: new RangeError("too far"),
      at: new Date(0),
      own: new (class {
        readonly field = 1;
        get notSent(): number {
          return 2;
        }
      })(),
    };
    const { bytes, ...rest } = messageCopy(message, []);
    const { bytes: expectedBytes, ...expected } = structuredClone(message);
    assert.deepEqual(rest, expected);
    assert.deepEqual([...bytes], [...expectedBytes]);
    assert.equal(Object.getPrototypeOf(bytes), Uint8Array.prototype);
  });

  it("shares nothing with the message but what was shared in it", () => {
    const buffer = new ArrayBuffer(4);
    const message = { list: [1], first: new Uint8Array(buffer), second: new Uint8Array(buffer) };
    const copy = messageCopy(message, []);
    message.list.push(2);
    message.first[0] = 9;
    assert.deepEqual(copy.list, [1]);
    assert.equal(copy.first[0], 0);
    assert.equal(copy.first.buffer, copy.second.buffer);
  });

  it("moves buffers that are transferred", () => {
    const buffer = new ArrayBuffer(4);
    const copy = messageCopy({ buffer, view: new Uint8Array(buffer) }, [buffer]);
    assert.equal(buffer.detached, true);
    assert.equal(copy.buffer.byteLength, 4);
  });

  it("refuses what no thread can be sent", () => {
    assert.throws(() => messageCopy({ run: () => 0 }, []), /a function cannot be sent/);
  });
});
