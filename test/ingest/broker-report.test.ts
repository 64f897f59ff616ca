// What the log says of a broker that takes nobody.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { BrokerReport } from "../../src/ingest/broker-report.ts";
import { LogRecorder, ManualTime } from "./support.ts";

const ENTRY = { name: "broker", url: "mqtt://broker:1883", clientId: "gateway" };

function failure(code: string): Error {
  return Object.assign(new Error(`no more: ${code}`), { code });
}

/** The reasons that the log names when connections end so. */
function reasonsOf(ends: readonly (Error | number | undefined)[]): unknown[] {
  const log = new LogRecorder();
  const report = new BrokerReport(ENTRY, log, new ManualTime());
  for (const end of ends) {
    const isCode = typeof end === "number";
    report.ended({
      error: isCode ? undefined : end,
      connackCode: isCode ? end : undefined,
      disconnectCode: undefined,
      retryInMs: 500,
    });
  }
  return log.lines.map(({ fields }) => fields?.["reason"]);
}

describe("what the log says of connections that end", () => {
  it("names a peer that hangs up once, whoever was first", () => {
    const ends = [undefined, failure("EPIPE"), failure("ECONNRESET"), undefined];
    assert.deepEqual(reasonsOf(ends), ["connection closed"]);
  });

  it("names each other reason", () => {
    const ends = [failure("ECONNREFUSED"), failure("ECONNREFUSED"), failure("EPIPE"), 0x86];
    assert.deepEqual(reasonsOf(ends), ["no more: ECONNREFUSED", "connection closed", "refused"]);
  });
});
