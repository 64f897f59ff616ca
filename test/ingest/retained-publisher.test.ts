// Retained messages kept at a broker: the bound; the rest is in test/gateway/home-assistant.test.ts, with a real one.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { RETAINED_MESSAGES } from "../../src/core/limits.ts";
import { RetainedPublisher } from "../../src/ingest/retained-publisher.ts";

function publisherAt(url: string): RetainedPublisher {
  const log = (): void => {};
  const login = { username: undefined, password: undefined, tls: undefined };
  return new RetainedPublisher({
    entry: { name: "b", clientId: "c", url, ...login },
    filters: ["ha/#"],
    will: { topic: "w", payload: "offline" },
    quiet: undefined,
    logger: { debug: log, info: log, warn: log, error: log },
    judge: () => undefined,
  });
}

describe("retained messages without a broker", () => {
  it("wait, the newest for each topic, up to a bound", () => {
    const publisher = publisherAt("mqtt://127.0.0.1:1");
    for (let i = 0; i <= RETAINED_MESSAGES; i++) publisher.want(`ha/${i}`, "1");
    publisher.want("ha/0", "2");
    assert.equal(publisher.waiting, RETAINED_MESSAGES);
    assert.equal(publisher.stats.dropped, 1);
  });

  it("are no reason to wait at the end", async () => {
    const publisher = publisherAt("mqtt://127.0.0.1:1");
    publisher.want("ha/1", "1");
    publisher.start();
    await publisher.stop();
    assert.equal(publisher.waiting, 1);
  });
});
