// `headrace demo`, as `npm start` runs it: the built program where it is there and not older than its sources.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, statSync } from "node:fs";
import { createServer } from "node:net";
import type { Server } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";

import { folderWith, Lines, Program } from "../gateway/process.ts";
import { ROOT } from "../kit/repository.ts";
import { requireService } from "../kit/services.ts";

interface AlarmLine {
  readonly alarm: { readonly alarm_id: string; readonly rule: string; readonly state: string };
}

interface RowLine {
  readonly rule: string;
  readonly row: Readonly<Record<string, unknown>>;
}

function mainFile(): string {
  const built = statSync(join(ROOT, "dist", "main.js"), { throwIfNoEntry: false });
  const newest = ["src", "firmware-sim"]
    .flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .reduce(
      (ms, { parentPath, name }) => Math.max(ms, statSync(join(parentPath, name)).mtimeMs),
      0,
    );
  return built !== undefined && built.mtimeMs > newest
    ? join(ROOT, "dist", "main.js")
    : join(ROOT, "src", "main.ts");
}

/** A demo whose temporary folder is made in `folder`. */
function demo(context: TestContext, args: readonly string[] = []): [Program, string] {
  const folder = folderWith(context, {});
  const env = { TMPDIR: folder };
  return [new Program(context, ["demo", ...args], { env, main: mainFile() }), folder];
}

/** Takes the port, unless somebody has it already. */
async function hold(context: TestContext, port: number): Promise<void> {
  const holder: Server = createServer();
  context.after(() => holder.close());
  await new Promise<void>((resolve) => {
    holder.once("error", () => resolve());
    holder.listen(port, "127.0.0.1", resolve);
  });
}

describe("the demo", () => {
  it("prints ready, rows and both alarms as JSON lines, and ends with SIGTERM, leaving nothing", async (context) => {
    const [program, folder] = demo(context);
    const ready = await program.ready();
    assert.match(ready.http ?? "", /^127\.0\.0\.1:\d+$/);
    assert.equal(readdirSync(folder).length, 1);
    const { stdout } = program;
    const row = JSON.parse(await stdout.find((line) => line.startsWith('{"rule"'))) as RowLine;
    assert.equal(row.rule, "device_5s");
    const names = ["device", "window_start", "window_end", "n", "temp_avg", "vib_max"];
    assert.deepEqual(Object.keys(row.row), names);
    for (const rule of ["overtemp", "rough_running"]) {
      const line = await stdout.find((text) => text.startsWith(`{"alarm":{"alarm_id":"${rule}/`));
      const { alarm } = JSON.parse(line) as AlarmLine;
      assert.deepEqual([alarm.rule, alarm.state], [rule, "raised"]);
    }
    const page = await fetch(`http://${ready.http ?? ""}/`);
    assert.equal(page.status, 200);
    await page.text();
    const { code, signal } = await program.end("SIGTERM");
    assert.deepEqual({ code, signal }, { code: 0, signal: null });
    assert.deepEqual(readdirSync(folder), []);
    for (const line of stdout.all) assert.doesNotThrow(() => void JSON.parse(line), line);
  });

  it("takes free ports where its own are taken, and says which", async (context) => {
    await hold(context, 1884);
    await hold(context, 8080);
    const [program, folder] = demo(context);
    const { mqtt, http } = await program.ready();
    assert.notEqual(mqtt[0]?.listen, "127.0.0.1:1884");
    assert.notEqual(http, "127.0.0.1:8080");
    assert.equal((await fetch(`http://${http ?? ""}/readyz`)).status, 200);
    assert.equal((await program.end("SIGINT")).code, 0);
    assert.deepEqual(readdirSync(folder), []);
  });

  it("refuses a broker that is no host:port", async (context) => {
    const [program, folder] = demo(context, ["--kafka", "nowhere"]);
    assert.deepEqual(await program.exited, { code: 2, signal: null });
    assert.deepEqual(program.stdout.all, []);
    assert.match(program.stderr.all.join("\n"), /nowhere/);
    assert.deepEqual(readdirSync(folder), []);
  });

  it("is readable on a terminal", async (context) => {
    if (!requireService(context, "terminal")) return;
    const folder = folderWith(context, {});
    const command = `exec '${process.execPath}' '${mainFile()}' demo`;
    const child = spawn("script", ["--quiet", "--return", "--command", command, "/dev/null"], {
      env: { ...process.env, TMPDIR: folder, TERM: "xterm" },
      stdio: ["pipe", "pipe", "inherit"],
    });
    const exited = once(child, "close");
    context.after(() => void child.kill("SIGKILL"));
    const lines = new Lines(child.stdout);
    await lines.find((line) => line.includes("headrace demo"));
    await lines.find((line) => /page {2}http:\/\/127\.0\.0\.1:\d+\//.test(line));
    const alarm = await lines.find((line) => /alarm raised.*overtemp\/pump-\d+\/1/.test(line));
    assert.match(alarm, /severity=/);
    const row = await lines.find((line) => line.includes("device_5s"));
    assert.match(row, /temp_avg=/);
    assert.ok(!lines.all.some((line) => line.startsWith("{")));
    // Ctrl-C, as a person ends it.
    child.stdin.write("\u0003");
    assert.equal((await exited)[0], 0);
    assert.deepEqual(readdirSync(folder), []);
  });
});
