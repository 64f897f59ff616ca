// `headrace backtest`: what it prints of a real gateway's journal, stopped or running, and how it ends.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";

import { READINGS } from "../engine/kit.ts";
import { PRINT_RULE, Site, payload } from "../gateway/kit.ts";
import type { Life } from "../gateway/kit.ts";
import { Program } from "../gateway/process.ts";
import { alter } from "../store/kit.ts";

const SUMS = `${READINGS}SELECT device, window_start, COUNT(*) AS n, SUM(v) AS total
FROM TUMBLE(TABLE readings, DESCRIPTOR(event_time), INTERVAL '10' SECOND)
WHERE device <> 'end' GROUP BY device, window_start, window_end;
`;

interface Run {
  readonly code: number | null;
  readonly stdout: readonly string[];
  readonly stderr: string;
}

async function command(context: TestContext, args: readonly string[]): Promise<Run> {
  const program = new Program(context, args);
  const { code } = await program.exited;
  return { code, stdout: program.stdout.all, stderr: program.stderr.all.join("\n") };
}

/** Backtests `rule` on the journal of `site`. */
async function backtest(
  context: TestContext,
  site: Site,
  rule: string,
  ...more: readonly string[]
): Promise<Run> {
  const file = join(site.folder, "candidate.sql");
  writeFileSync(file, rule);
  return await command(context, [
    "backtest",
    file,
    "-c",
    join(site.folder, "gateway.yaml"),
    ...more,
  ]);
}

/** What `headrace sql` makes of the same events. */
async function sql(
  context: TestContext,
  site: Site,
  { rule, events }: { readonly rule: string; readonly events: readonly string[] },
): Promise<Run> {
  const [file, input] = [join(site.folder, "rule.sql"), join(site.folder, "events.jsonl")];
  writeFileSync(file, rule);
  writeFileSync(input, events.map((event) => `${event}\n`).join(""));
  return await command(context, ["sql", file, "--input", input]);
}

/** Thirty seconds of three devices, and one reading that closes every window. */
function someEvents(): string[] {
  const events: string[] = [];
  for (let second = 0; second < 30; second++) {
    for (const device of ["a", "b", "c"]) events.push(payload(device, second, second % 7));
  }
  return [...events, payload("end", 100, 0)];
}

async function send(life: Life, events: readonly string[]): Promise<void> {
  const client = await life.device();
  for (const [i, event] of events.entries()) {
    const { device } = JSON.parse(event) as { device: string };
    client.post(`readings/${device}`, event, { packetId: i + 1 });
  }
  await client.until(() => client.pubacks.length === events.length);
}

describe("headrace backtest", () => {
  it("prints the rows that headrace sql makes of the same events, across kills", async (context) => {
    const site = new Site(context);
    const events = someEvents();
    for (const [from, to] of [
      [0, 40],
      [40, 70],
      [70, events.length],
    ]) {
      const life = await site.ready();
      await send(life, events.slice(from, to));
      await life.program.end("SIGKILL");
    }
    const expected = await sql(context, site, { rule: SUMS, events });
    const run = await backtest(context, site, SUMS);
    assert.equal(run.code, 0, run.stderr);
    assert.equal(run.stdout.length, 9);
    assert.deepEqual(run.stdout.toSorted(), expected.stdout.toSorted());
    assert.match(run.stderr, /^9 rows from 91 messages, \S+ to \S+$/);
    // It has taken nothing and left nothing behind that a start minds.
    const life = await site.ready();
    assert.equal(await life.metric("headrace_digest_mismatches_total"), 0);
  });

  it("reads from a gateway that runs, which goes on meanwhile", async (context) => {
    const site = new Site(context);
    const life = await site.ready();
    await send(life, someEvents());
    const expected = await sql(context, site, { rule: SUMS, events: someEvents() });
    const client = await life.device();
    const running = backtest(context, site, SUMS, "--json");
    let sent = 0;
    const done = running.then(() => true);
    while (!(await Promise.race([done, client.publish("readings/x", payload("x", sent++, 1))])));
    const run = await running;
    assert.equal(run.code, 0, run.stderr);
    assert.equal(run.stderr, "");
    const [report = "", ...rows] = run.stdout.toReversed();
    const wrapped = expected.stdout.map((row) => `{"rule":"candidate","row":${row}}`);
    assert.deepEqual(rows.toSorted(), wrapped.toSorted());
    assert.equal((JSON.parse(report) as { report: { rows: number } }).report.rows, 9);
  });

  it("compares with the rule in force", async (context) => {
    const site = new Site(context, { rules: { shown: PRINT_RULE } });
    const life = await site.ready();
    await send(life, [payload("a", 1, 10), payload("a", 2, 20), payload("b", 3, 30)]);
    const candidate = PRINT_RULE.replace("seq, v FROM", "seq, IF(seq = 2, 21, v) FROM").replace(
      "FROM readings",
      "FROM readings WHERE device = 'a'",
    );
    for (const state of ["running", "stopped"]) {
      const run = await backtest(context, site, candidate, "--diff");
      assert.equal(run.code, 0, run.stderr);
      assert.deepEqual(run.stdout, [
        '{"only":"candidate","row":{"device":"a","seq":2,"v":21.0}}',
        '{"only":"in_force","row":{"device":"a","seq":2,"v":20.0}}',
        '{"only":"in_force","row":{"device":"b","seq":3,"v":30.0}}',
      ]);
      assert.match(run.stderr, /1 row the same, 1 only in the candidate, 2 only in the rule in/);
      if (state === "running") await life.program.end();
    }
    const stranger = await backtest(context, site, SUMS, "--diff");
    assert.equal(stranger.code, 2);
    assert.match(stranger.stderr, /no rule in force .*\n  In force are shown \(into shown\)/);
  });

  it("says what is damaged or not there", async (context) => {
    const site = new Site(context);
    const absent = await backtest(context, site, SUMS);
    assert.equal(absent.code, 2);
    assert.match(absent.stderr, /there is no journal in .*\n  No gateway has run/);

    const life = await site.ready();
    const empty = await backtest(context, site, SUMS);
    assert.deepEqual([empty.code, empty.stdout], [0, []]);
    assert.match(empty.stderr, /^0 rows from 0 messages/);
    await send(life, someEvents());
    const recent = await backtest(context, site, SUMS, "--since", "0 s");
    assert.equal(recent.stderr, "the journal holds nothing of that time");
    await life.program.end();
    alter(
      site.data,
      "UPDATE journal SET data = zeroblob(length(data)) WHERE sequence = (SELECT max(sequence) FROM journal)",
    );
    const damaged = await backtest(context, site, SUMS);
    assert.equal(damaged.code, 0);
    assert.match(damaged.stderr, /note: 1 journal entry could not be read/);
  });

  it("refuses what it cannot run", async (context) => {
    const site = new Site(context);
    const since = await backtest(context, site, SUMS, "--since", "yesterday");
    assert.deepEqual([since.code, since.stdout], [2, []]);
    assert.match(since.stderr, /--since yesterday is no duration/);
    const syntax = await backtest(context, site, "SELECT");
    assert.equal(syntax.code, 2);
    const source = await backtest(context, site, SUMS.replace("'mqtt'", "'kafka'"));
    assert.equal(source.code, 2);
    assert.match(source.stderr, /'kafka' is no source here/);
  });
});
