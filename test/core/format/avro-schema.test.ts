// Avro schemas as they are parsed: what is refused, and names.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { parseAvroSchema } from "../../../src/core/format/avro-schema.ts";

describe("Avro schemas", () => {
  it("that are not valid are refused, with what is wrong", () => {
    const refused = (schema: unknown, message: RegExp): void => {
      const text = typeof schema === "string" ? schema : JSON.stringify(schema);
      assert.throws(() => parseAvroSchema(text), message);
    };
    const record = (fields: unknown, name = "R"): unknown => ({ type: "record", name, fields });
    refused("{", /is not JSON/);
    refused(1, /a type that is none/);
    refused(["int", "int"], /a union with int twice/);
    refused([["int"]], /holds another union/);
    refused([], /a union that is empty/);
    refused('"other"', /names the type other/);
    refused(record([{ name: "a-b", type: "int" }]), /a field without a valid name/);
    refused(record(undefined), /no list of fields/);
    refused({ type: "record", fields: [] }, /without a valid name/);
    refused({ type: "fixed", name: "F" }, /F has no size/);
    refused({ type: "enum", name: "E", symbols: ["a b"] }, /E has no list of symbols/);
    refused(record([{ name: "r", type: "R" }]), /the type R, which contains itself/);
    const twice = { type: "fixed", name: "F", size: 1 };
    refused(
      record([
        { name: "a", type: twice },
        { name: "b", type: twice },
      ]),
      /defines the type F twice/,
    );
    let deep: unknown = "int";
    for (let i = 0; i < 200; i++) deep = { type: "array", items: deep };
    refused(deep, /nested deeper/);
    const doubling = Array.from({ length: 30 }, (_, i) => ({
      name: `f${i}`,
      type: record(
        i === 0
          ? []
          : [
              { name: "a", type: `R${i - 1}` },
              { name: "b", type: `R${i - 1}` },
            ],
        `R${i}`,
      ),
    }));
    refused(record(doubling, "Top"), /more than 10000 types/);
  });

  it("resolve names within namespaces", () => {
    const schema = parseAvroSchema(
      JSON.stringify({
        type: "record",
        name: "a.b.R",
        fields: [
          { name: "x", type: { type: "fixed", name: "F", size: 2 } },
          { name: "y", type: "F" },
          { name: "z", type: { type: "a.b.F" } },
        ],
      }),
    );
    assert.ok(schema.type === "record");
    assert.deepEqual(
      schema.fields.map(({ type: own }) => own.type === "fixed" && own.name),
      ["a.b.F", "a.b.F", "a.b.F"],
    );
  });
});
