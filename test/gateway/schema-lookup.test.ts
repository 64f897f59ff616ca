// Schemas asked for while a batch waits: how long, how often, and what is said about it.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";

import {
  REGISTRY_AGAIN_MS,
  REGISTRY_WAIT_MS,
  SCHEMA_TEXT_BYTES,
  UNKNOWN_SCHEMAS,
} from "../../src/core/limits.ts";
import { SchemaLookup } from "../../src/gateway/schema-lookup.ts";
import { SchemaRegistry } from "../../src/uplink/schema-registry.ts";
import { RegistryStandIn } from "../kit/schema-registry.ts";

const SCHEMA = { type: "record", name: "R", fields: [{ name: "a", type: "int" }] };

/** A lookup at a registry stand-in, whose pauses take no time but that of its clock. */
class Site {
  readonly standIn: RegistryStandIn;
  readonly lookup: SchemaLookup;
  readonly alarms: (string | undefined)[] = [];
  readonly warnings: unknown[] = [];
  nowMs = 1000;
  /** Called at every pause. */
  onPause = (): void => {};

  private constructor(standIn: RegistryStandIn) {
    this.standIn = standIn;
    const registry = new SchemaRegistry(() => {
      return { url: standIn.url, username: undefined, password: undefined, tls: undefined };
    });
    const log = (): void => {};
    this.lookup = new SchemaLookup({
      ask: (id) => registry.schema(id),
      clock: { wallMs: () => 0, monotonicMs: () => this.nowMs },
      logger: {
        debug: log,
        info: log,
        error: log,
        warn: (_, fields) => this.warnings.push(fields),
      },
      onAway: (reason) => this.alarms.push(reason),
      pause: async (ms) => {
        this.nowMs += ms;
        this.onPause();
      },
    });
  }

  static async start(context: TestContext): Promise<Site> {
    const standIn = await RegistryStandIn.start();
    context.after(() => standIn.stop());
    return new Site(standIn);
  }

  get requests(): number {
    return this.standIn.requests.length;
  }
}

describe("schemas that messages name", () => {
  it("are told in the order asked for; what is none is not asked for again for a while", async (context) => {
    const site = await Site.start(context);
    const id = site.standIn.add("s", SCHEMA);
    const foreign = site.standIn.add("p", "message M {}", "PROTOBUF");
    const long = site.standIn.add("l", { ...SCHEMA, doc: "x".repeat(SCHEMA_TEXT_BYTES) });
    const found = [{ id, text: JSON.stringify(SCHEMA) }];
    assert.deepEqual(await site.lookup.find([99, foreign, long, id]), found);
    assert.match(
      JSON.stringify(site.warnings),
      /no such schema.*it is PROTOBUF, not AVRO.*bytes, the most is/,
    );
    assert.equal(site.requests, 4);
    assert.deepEqual(await site.lookup.find([99, foreign, long]), []);
    assert.equal(site.requests, 4);
    site.nowMs += REGISTRY_AGAIN_MS;
    assert.deepEqual(await site.lookup.find([99]), []);
    assert.equal(site.requests, 5);
    assert.deepEqual(site.alarms, []);
  });

  it("are waited for while the registry restarts", async (context) => {
    const site = await Site.start(context);
    const id = site.standIn.add("s", SCHEMA);
    site.standIn.behaviour.state = "broken";
    site.onPause = () => {
      if (site.requests === 3) site.standIn.behaviour.state = "up";
    };
    assert.equal((await site.lookup.find([id])).length, 1);
    assert.equal(site.requests, 4);
    assert.deepEqual(site.alarms, []);
  });

  it("hold nobody up for long while the registry is away", async (context) => {
    const site = await Site.start(context);
    const id = site.standIn.add("s", SCHEMA);
    site.standIn.behaviour.state = "away";
    const beganMs = site.nowMs;
    assert.deepEqual(await site.lookup.find([id, 98]), []);
    assert.ok(site.nowMs - beganMs >= REGISTRY_WAIT_MS, "waited");
    assert.ok(site.nowMs - beganMs < 2 * REGISTRY_WAIT_MS, "not for long");
    assert.equal(site.alarms.length, 1);
    assert.match(site.alarms[0] ?? "", /the schema registry cannot be asked/);

    const asked = site.requests;
    assert.deepEqual(await site.lookup.find([id]), []);
    assert.equal(site.requests, asked, "not asked");
    site.nowMs += REGISTRY_AGAIN_MS;
    assert.deepEqual(await site.lookup.find([id]), []);
    assert.equal(site.requests, asked + 1, "one attempt");

    site.standIn.behaviour.state = "up";
    site.nowMs += REGISTRY_AGAIN_MS;
    assert.equal((await site.lookup.find([id])).length, 1);
    assert.equal(site.alarms.at(-1), undefined);
  });

  it("may be any number of ids that are none", async (context) => {
    const site = await Site.start(context);
    const ids = Array.from({ length: UNKNOWN_SCHEMAS + 1 }, (_, i) => 1000 + i);
    assert.deepEqual(await site.lookup.find(ids), []);
    assert.deepEqual(await site.lookup.find(ids.slice(0, 1)), []);
    assert.equal(site.requests, ids.length + 1, "forgotten with the others");
  });
});
