// Proves that each gate of `npm run check` can fail: a copy of the repository passes, and with violations put into it
// the gate fails and names every one of them. One run per gate, all its violations at once.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { after, before, describe, it } from "node:test";

import { ROOT, topLevel } from "./kit/repository.ts";

/** A file that is made (or, with `append`, gets lines at its end), and what the gate must say of it. */
interface Violation {
  readonly path: string;
  readonly text: string;
  readonly append?: boolean;
  readonly named: readonly RegExp[];
}

interface Gate {
  readonly script: string;
  /** For a report with one line per finding. */
  readonly arguments?: readonly string[];
  readonly violations: readonly Violation[];
}

/** Words that test/tidy.test.ts looks for, written so that it does not find them here. */
const LATER = ["TO", "DO"].join("");
const REGISTRY = ["https:", "", ["registry", "example", "com"].join("."), ""].join("/");
const LAZILY = ["im", "port"].join("");
const RESOLVED = ['"resol', 'ved"'].join("");

const GATES: readonly Gate[] = [
  {
    script: "types",
    violations: [
      {
        path: "src/core/gate-types.ts",
        text: 'export const wrong: number = "text";\n',
        named: [/gate-types\.ts.*TS2322/],
      },
      {
        path: "src/core/gate-syntax.ts",
        text: "export enum Kind {\n  A,\n}\n",
        named: [/gate-syntax\.ts.*TS1294/],
      },
    ],
  },
  {
    script: "lint",
    arguments: ["--format=unix"],
    violations: [
      {
        path: "src/core/gate-promise.ts",
        text: "export function run(work: () => Promise<void>): void {\n  work();\n}\n",
        named: [/gate-promise\.ts:2:.*no-floating-promises/],
      },
      ...["alarms", "core/value", "decode", "operators", "sql"].map((stage) => ({
        path: `src/${stage}/gate-clock.ts`,
        text: [
          "export const nowMs = (): number => Date.now();",
          "export const date = (): string => new Date().toISOString();",
          "export const chance = (): number => Math.random();",
          "export const later = (run: () => void): void => void setTimeout(run, 1);",
        ].join("\n"),
        named: [
          new RegExp(`src/${stage}/gate-clock\\.ts:1:.*no-restricted-globals`),
          new RegExp(`src/${stage}/gate-clock\\.ts:2:.*no-restricted-globals`),
          new RegExp(`src/${stage}/gate-clock\\.ts:3:.*no-restricted-properties`),
          new RegExp(`src/${stage}/gate-clock\\.ts:4:.*no-restricted-globals`),
        ],
      })),
      {
        path: "firmware-sim/device/gate-clock.ts",
        text: "export const nowMs = (): number => Date.now();\n",
        named: [/firmware-sim\/device\/gate-clock\.ts:1:.*no-restricted-properties/],
      },
      {
        path: "src/core/gate-long.ts",
        text: `export function long(): number {\n${"  void 0;\n".repeat(70)}  return 0;\n}\n`,
        named: [/gate-long\.ts:1:.*max-lines-per-function/],
      },
    ],
  },
  {
    script: "format:check",
    violations: [
      {
        path: "src/core/gate-format.ts",
        text: "export const  wide={a:1}\n",
        named: [/gate-format\.ts/],
      },
    ],
  },
  {
    script: "dead",
    violations: [
      {
        path: "src/core/gate-dead.ts",
        text: "export const nobody = 1;\n",
        named: [/Unused files[^]*gate-dead\.ts/],
      },
      {
        path: "src/core/clock.ts",
        append: true,
        text: "/** Read by nobody. */\nexport const gateUnused = 1;\n",
        named: [/Unused exports[^]*gateUnused/],
      },
      {
        path: "test/kit/gate-dead.ts",
        text: "export const nobody = 1;\n",
        named: [/Unused files[^]*test\/kit\/gate-dead\.ts/],
      },
      {
        path: "src/core/errors.ts",
        append: true,
        text: 'import "left-out-package";\n',
        named: [/left-out-package/],
      },
    ],
  },
  {
    script: "tidy",
    violations: [
      {
        path: "src/decode/gate-layer.ts",
        text: 'export { openStore } from "../store/open.ts";\n',
        named: [/src\/decode\/gate-layer\.ts: \.\.\/store\/open\.ts/],
      },
      {
        path: "src/gateway/gate-layer.ts",
        text: `const store = await ${LAZILY}("../store/open.ts");\n`,
        named: [/src\/gateway\/gate-layer\.ts: \.\.\/store\/open\.ts/],
      },
      {
        path: "firmware-sim/checker/gate-layer.ts",
        text: 'import { x } from "../../src/config/profile.ts";\n',
        named: [/firmware-sim\/checker\/gate-layer\.ts: \.\.\/\.\.\/src\/config\/profile\.ts/],
      },
      {
        path: "src/web/gate-door.ts",
        text: 'import type { Database } from "better-sqlite3";\n',
        named: [/src\/web\/gate-door\.ts: better-sqlite3/],
      },
      {
        path: "src/web/gate-extension.ts",
        text: 'import { html } from "./html.js";\n',
        named: [/src\/web\/gate-extension\.ts: \.\/html\.js/],
      },
      {
        path: "src/web/gate-lines.ts",
        text: "// line\n".repeat(301),
        named: [/src\/web\/gate-lines\.ts: 301 lines/],
      },
      {
        path: "src/web/gate-later.ts",
        text: `// ${LATER}: later\n`,
        named: [/src\/web\/gate-later\.ts:1/],
      },
      {
        path: "test/gate-only.ts",
        text: ["it", "only('x', () => {});\n"].join("."),
        named: [/test\/gate-only\.ts:1/],
      },
      {
        path: "notes.txt",
        text: `${REGISTRY} and ${["", "home", "me", ""].join("/")}\n`,
        named: [/^\s*\+?\s*'notes\.txt'/m, /notes\.txt:1.*registry/, /notes\.txt:1.*home/],
      },
      {
        path: "package-lock.json",
        append: true,
        text: `${RESOLVED}: 1\n`,
        named: [/package-lock\.json:\d+/],
      },
      {
        path: "deploy/gate.sh",
        text: `set -e\n${["no", "de"].join("")} dist/main.js\n`,
        named: [/deploy\/gate\.sh:2/],
      },
      {
        path: "ARCHITECTURE.md",
        append: true,
        text: `[gone](src/gone.ts)\n${"line\n".repeat(250)}`,
        named: [/ARCHITECTURE\.md: src\/gone\.ts/, /[2-9]\d\d lines/],
      },
    ],
  },
];

describe("the gates of npm run check", { concurrency: false }, () => {
  let copy = "";

  before(() => {
    copy = mkdtempSync(join(tmpdir(), "headrace-gates-"));
    for (const name of topLevel()) {
      cpSync(join(ROOT, name), join(copy, name), { recursive: true });
    }
    symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  });
  after(() => rmSync(copy, { recursive: true, force: true }));

  for (const { script, violations, arguments: extra = [] } of GATES) {
    it(`${script} passes as the repository stands, and fails for each violation`, async () => {
      const clean = await runScript(copy, [script, "--", ...extra]);
      assert.equal(clean.code, 0, clean.output);
      const undo = violations.map((violation) => inject(copy, violation));
      const dirty = await runScript(copy, [script, "--", ...extra]);
      for (const each of undo) each();
      assert.notEqual(dirty.code, 0, `${script} passed with violations`);
      for (const { path, named } of violations) {
        for (const pattern of named) {
          assert.match(dirty.output, pattern, `${script} does not report ${path}: ${dirty.output}`);
        }
      }
    });
  }

  it("are all part of npm run check", () => {
    const text = readFileSync(join(ROOT, "package.json"), "utf8");
    const { scripts } = JSON.parse(text) as { scripts: Record<string, string> };
    assert.equal(scripts["check"], GATES.map(({ script }) => `npm run -s ${script}`).join(" && "));
  });
});

/** Puts a violation in; the result takes it out again. */
function inject(copy: string, { path, text, append }: Violation): () => void {
  const file = join(copy, path);
  assert.ok(relative(copy, file) === path, path);
  if (append === true) {
    const original = readFileSync(file, "utf8");
    appendFileSync(file, text);
    return () => writeFileSync(file, original);
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return () => rmSync(file);
}

function runScript(
  cwd: string,
  script: readonly string[],
): Promise<{ code: number; output: string }> {
  // The test runner's own variables would make a test runner below it answer in its wire format.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const options = { cwd, env: { ...env, NO_COLOR: "1", FORCE_COLOR: "0" }, timeout: 120_000 };
  return new Promise((resolve) => {
    execFile("npm", ["run", "-s", ...script], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ code, output: stdout + stderr });
    });
  });
}
