// `headrace functions`: the list of functions, for people and for programs.

import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";

import { Program } from "../gateway/process.ts";

interface Listing {
  readonly functions: readonly { readonly id: string; readonly syntax: readonly string[] }[];
  readonly refused: readonly { readonly name: string; readonly reason: string }[];
}

async function functions(context: TestContext, ...args: string[]): Promise<readonly string[]> {
  const program = new Program(context, ["functions", ...args]);
  const { code } = await program.exited;
  assert.equal(code, 0);
  return program.stdout.all;
}

describe("headrace functions", () => {
  it("lists syntax and description under the category, and what is refused with its reason", async (context) => {
    const lines = await functions(context);
    const hash = lines.indexOf("hash");
    assert.deepEqual(lines.slice(hash + 1, hash + 4), [
      "  MD5(text)",
      "  MD5(bytes)",
      "      MD5 digest in 32 hexadecimal digits.",
    ]);
    assert.ok(
      lines.includes(
        "  UUID is random, so that the same input would not give the same rows. Leave it to the reader of the rows.",
      ),
    );
  });

  it("prints the same as one line of JSON", async (context) => {
    const [line = "", ...more] = await functions(context, "--json");
    assert.deepEqual(more, []);
    const { functions: listed, refused } = JSON.parse(line) as Listing;
    const overlay = listed.find(({ id }) => id === "OVERLAY");
    assert.deepEqual(overlay, {
      id: "OVERLAY",
      category: "text",
      syntax: ["OVERLAY(text PLACING replacement FROM start [FOR length])"],
      description: "With a part replaced.",
      supported: true,
    });
    const names = new Set(listed.map(({ id }) => id));
    assert.ok(refused.length > 0 && refused.every(({ name }) => !names.has(name)));
  });
});
