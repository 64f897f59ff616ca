// From files to rules and tables.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { planRules } from "../../src/engine/rule-set.ts";
import type { RuleSet } from "../../src/engine/rule-set.ts";
import { FILTER_RULE, kafkaSink, READINGS, TUMBLE_RULE } from "./kit.ts";

function plan(files: Readonly<Record<string, string>>): RuleSet {
  const texts = Object.entries(files).map(([name, text]) => ({ file: `rules/${name}.sql`, text }));
  return planRules(texts, []);
}

describe("rules", () => {
  it("are named after their file, and after file and sink where a file has several", () => {
    const sinks = kafkaSink("x", "v DOUBLE") + kafkaSink("y", "v DOUBLE");
    const inserts =
      "INSERT INTO x SELECT v FROM readings; INSERT INTO y SELECT v FROM readings WHERE v > 1;";
    const { rules } = plan({ one: FILTER_RULE, two: READINGS + sinks + inserts });
    assert.deepEqual(
      rules.map(({ name }) => name),
      ["one", "two.x", "two.y"],
    );
  });

  it("keep their version while their meaning stays, wherever they stand", () => {
    const version = (text: string): string | undefined => plan({ rule: text }).rules[0]?.version;
    assert.equal(version(FILTER_RULE), version(`-- moved\n\n${FILTER_RULE}`));
    assert.notEqual(version(FILTER_RULE), version(FILTER_RULE.replace("> 50", "> 51")));
    assert.notEqual(
      version(FILTER_RULE),
      version(FILTER_RULE.replace("'topic' = 'high'", "'topic' = 'higher'")),
    );
  });

  it("go by the time zone that their file sets, else by the gateway's, which is part of what they mean", () => {
    const zoned = (text: string, zone: string): string | undefined => {
      return planRules([{ file: "rules/rule.sql", text }], [], { zone }).rules[0]?.version;
    };
    const local = FILTER_RULE.replace("v > 50", "HOUR(TO_TIMESTAMP_LTZ(0, 3)) > 1 AND v > 50");
    assert.notEqual(local, FILTER_RULE);
    const set = `SET 'table.local-time-zone' = 'Asia/Tokyo';${local}`;
    assert.equal(zoned(local, "UTC"), plan({ rule: local }).rules[0]?.version);
    assert.notEqual(zoned(local, "UTC"), zoned(local, "Asia/Tokyo"));
    assert.equal(zoned(set, "UTC"), zoned(local, "Asia/Tokyo"));
  });

  it("wait in the lane that the sink names, else with the results", () => {
    const raw = FILTER_RULE.replace("'topic' = 'high'", "'topic' = 'high', 'lane' = 'raw'");
    const lanes = plan({ one: FILTER_RULE, two: raw }).rules.map(({ lane }) => lane);
    assert.deepEqual(lanes, ["result", "raw"]);
  });
});

describe("tables", () => {
  it("with the same definition are one, with the columns that any rule reads", () => {
    const { tables, rules } = plan({ one: FILTER_RULE, two: TUMBLE_RULE });
    assert.equal(tables.length, 1);
    assert.deepEqual(rules[0]?.tables, rules[1]?.tables);
    const names = tables[0]?.required.map((index) => tables[0]?.table.columns[index]?.name);
    // ts by way of event_time; device and seq besides for the identity.
    assert.deepEqual(new Set(names), new Set(["device", "seq", "ts", "v", "event_time"]));
  });

  it("that share a topic filter but not the identity are two", () => {
    const anonymous = TUMBLE_RULE.replace(
      "'identity.sequence' = 'seq'",
      "'identity.sequence' = 'ts'",
    );
    assert.equal(plan({ one: FILTER_RULE, two: anonymous }).tables.length, 2);
  });
});

describe("a kafka sink", () => {
  const refused: Readonly<Record<string, readonly [from: string, to: string, says: RegExp]>> = {
    "an unknown option": ["'format'", "'tpoic' = 'x', 'format'", /option 'tpoic'/],
    "no topic": ["'topic' = 'high', ", "", /has no 'topic'/],
    "an unknown format": ["'format' = 'json');\nINSERT", "'format' = 'orc');\nINSERT", /'orc'/],
    "two formats": ["'format'", "'value.format' = 'json', 'format'", /are the same/],
    "an option of another format": ["'format'", "'csv.null-literal' = '', 'format'", /csv\.null/],
    "a bad option of its format": ["'format'", "'json.nope' = '1', 'format'", /json\.nope/],
    "a key format without fields": ["'format'", "'key.format' = 'raw', 'format'", /go together/],
    "an unknown key field": [
      "'topic' = 'high'",
      "'topic' = 'high', 'key.format' = 'json', 'key.fields' = 'devcie'",
      /names devcie/,
    ],
    "two raw key fields": [
      "'topic' = 'high'",
      "'topic' = 'high', 'key.format' = 'raw', 'key.fields' = 'device;v'",
      /exactly one/,
    ],
    "no guarantee": [
      "'topic' = 'high'",
      "'topic' = 'high', 'sink.delivery-guarantee' = 'none'",
      /'none' is not known/,
    ],
    "an unknown lane": ["'topic' = 'high'", "'topic' = 'high', 'lane' = 'fast'", /lane 'fast'/],
  };
  for (const [what, [from, to, says]] of Object.entries(refused)) {
    it(`is refused for ${what}`, () => {
      const at = FILTER_RULE.lastIndexOf(from);
      assert.ok(at >= 0);
      const text = FILTER_RULE.slice(0, at) + FILTER_RULE.slice(at).replace(from, to);
      assert.throws(() => plan({ rule: text }), { code: "CONFIG_INVALID", message: says });
    });
  }
});
