// Payloads made private: every occurrence of a field, whatever its spelling, and nothing else.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";

import { EACH } from "../../src/core/format/profile-codec.ts";
import type { PrivacyAction, PrivateMessages } from "../../src/core/format/privacy.ts";
import { MessageReader } from "../../src/core/message-reader.ts";
import { Redactor } from "../../src/decode/redactor.ts";
import { messageBatch } from "./batch.ts";

const KEY = "a key that is long enough";
const DROP = { kind: "drop" } as const;

interface PathField {
  readonly path: readonly string[];
  readonly action: PrivacyAction;
}

function messages(paths: readonly PathField[]): PrivateMessages {
  const fields = paths.map(({ path, action }) => {
    return { address: { kind: "path", path }, action } as const;
  });
  const codec = { type: "json" } as const;
  return { topic: "plant/{device}", except: ["plant/public"], codec, fields, key: KEY };
}

/** What becomes of payloads on a topic. */
function redact(
  payloads: readonly (string | Buffer)[],
  options: { fields: readonly PathField[]; topic?: string; redactor?: Redactor },
): string[] {
  const { fields, topic = "plant/d1", redactor = new Redactor([messages(fields)]) } = options;
  const reader = new MessageReader();
  const batch = messageBatch(payloads.map((payload) => ({ topic, payload })));
  reader.load(batch);
  reader.load(redactor.apply(batch, reader));
  return payloads.map((_, i) => Buffer.from(reader.payload(i)).toString());
}

describe("private fields", () => {
  it("become null, a keyed hash, or their first characters; NULL stays and what has no text goes", () => {
    const fields = [
      { path: ["a"], action: DROP },
      { path: ["b"], action: { kind: "hash" } },
      { path: ["c"], action: { kind: "truncate", characters: 2 } },
    ] as const;
    const hash = (text: string): string =>
      createHmac("sha256", KEY).update(text).digest("hex").slice(0, 32);
    assert.deepEqual(
      redact(
        [
          '{"a":"x","b":"Ada","c":"0815","d":"kept"}',
          ' {"a" : [1,{"x":2}] ,"b": 12.50, "c":true, "e" : [ 1 ] } ',
          '{"b":null,"c":{"x":1},"b":"\\u0041da","c":"\\ud83d\\ude00é!"}',
          '{"c":"a\tb","b":[1]}',
          "{}",
          '"a"',
          "[]",
        ],
        { fields },
      ),
      [
        `{"a":null,"b":"${hash("Ada")}","c":"08","d":"kept"}`,
        ` {"a" : null ,"b": "${hash("12.50")}", "c":"tr", "e" : [ 1 ] } `,
        `{"b":null,"c":null,"b":"${hash("Ada")}","c":"😀é"}`,
        '{"c":"a\\t","b":null}',
        "{}",
        '"a"',
        "[]",
      ],
    );
  });

  it("are found where keys are escaped, nested, in arrays, and more than once", () => {
    const fields = [
      { path: ["who", "name"], action: DROP },
      { path: ["list", EACH, "name"], action: DROP },
      { path: ["list", "0", "id"], action: DROP },
      { path: ["all"], action: DROP },
      { path: ["all", "inner"], action: DROP },
    ];
    assert.deepEqual(
      redact(
        [
          '{"who":{"n\\u0061me":"x","age":7},"who":{"name":"x"}}',
          '{"list":[{"name":"x","id":1},{"name":"x","id":2},"x",null]}',
          '{"all":{"inner":"x","other":"x"}}',
          '{"name":"not this one","list":{"0":{"id":"x"}}}',
        ],
        { fields },
      ),
      [
        '{"who":{"n\\u0061me":null,"age":7},"who":{"name":null}}',
        '{"list":[{"name":null,"id":null},{"name":null,"id":2},"x",null]}',
        '{"all":null}',
        '{"name":"not this one","list":{"0":{"id":null}}}',
      ],
    );
  });

  it("take the whole payload with them where it is not JSON from end to end", () => {
    const redactor = new Redactor([messages([{ path: ["a"], action: DROP }])]);
    const broken = [
      '{"a":"x"',
      '{"a":"x"} x',
      "x",
      "",
      '{"a":x}',
      '{"a":"x",}',
      Buffer.from([0xff]),
    ];
    const withheld = '"withheld: the payload is not JSON"';
    assert.deepEqual(
      redact(broken, { fields: [], redactor }),
      broken.map(() => withheld),
    );
    assert.deepEqual(redactor.counts, { rewritten: 0, withheld: broken.length });
    redact(['{"a":1}'], { fields: [], redactor });
    assert.equal(redactor.counts.rewritten, 1);
  });

  it("are left alone on topics of others", () => {
    const fields = [{ path: ["a"], action: DROP }];
    for (const topic of ["plant/public", "home/d1", "plant/d1/x"]) {
      assert.deepEqual(redact(['{"a":1}', "broken"], { fields, topic }), ['{"a":1}', "broken"]);
    }
  });

  it("are gone from any JSON, and the rest is what it was", () => {
    const fields = [{ path: ["secret"], action: DROP }];
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (rest, secret) => {
        const [text = ""] = redact([JSON.stringify({ ...rest, secret })], { fields });
        assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify({ ...rest, secret: null })));
      }),
    );
  });
});
