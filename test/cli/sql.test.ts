// `headrace sql`: what it prints, and how it ends.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";

import { profileText } from "../config/profile-text.ts";
import { folderWith, Program } from "../gateway/process.ts";

const READINGS = `CREATE TABLE readings (
  device STRING, v INT, ts TIMESTAMP(3), topic STRING METADATA VIRTUAL,
  WATERMARK FOR ts AS ts - INTERVAL '1' SECOND
);
`;
const WINDOW = `SELECT device, window_start, SUM(v) AS total
FROM TUMBLE(TABLE readings, DESCRIPTOR(ts), INTERVAL '10' SECOND)
GROUP BY device, window_start, window_end;
`;

interface Run {
  readonly code: number | null;
  readonly stdout: readonly string[];
  readonly stderr: string;
}

function event(second: number, v: unknown, more: object = {}): string {
  const ts = `2024-01-01T00:00:${String(second).padStart(2, "0")}`;
  return `${JSON.stringify({ ...more, device: "a", v, ts })}\n`;
}

/** Runs `sql rule.sql` with these arguments in a folder with these files. */
async function sql(
  context: TestContext,
  files: Readonly<Record<string, string>>,
  args: readonly string[] = ["--input", "events.jsonl"],
): Promise<Run> {
  const cwd = folderWith(context, files);
  const program = new Program(context, ["sql", "rule.sql", ...args], { cwd });
  const { code } = await program.exited;
  return { code, stdout: program.stdout.all, stderr: program.stderr.all.join("\n") };
}

describe("headrace sql", () => {
  it("prints rows as JSON lines, and fires every window at the end of the input", async (context) => {
    const run = await sql(context, {
      "rule.sql": READINGS + WINDOW,
      "events.jsonl": `${event(1, 1)}\n${event(2, 2)}${event(15, 3)}`,
    });
    assert.deepEqual(run, {
      code: 0,
      stdout: [
        '{"device":"a","window_start":"2024-01-01T00:00:00.000","total":3}',
        '{"device":"a","window_start":"2024-01-01T00:00:10.000","total":3}',
      ],
      stderr: "",
    });
  });

  it("takes the profiles of a configuration for tables, and events for their rows", async (context) => {
    const files = {
      "gateway.yaml": "profiles: [press.yaml]\nsql: {localTimeZone: Europe/Berlin}\n",
      "press.yaml": profileText(),
      "events.jsonl": [
        '{"device":"a","t":1.5,"event_time":"2026-01-01T00:00:01Z"}',
        '{"device":"a","t":2.5,"event_time":"2026-01-01T00:00:02Z"}',
      ].join("\n"),
    };
    const query = `SELECT device, window_start, SUM(t) AS total
      FROM TUMBLE(TABLE \`press-12\`, DESCRIPTOR(event_time), INTERVAL '10' SECOND)
      GROUP BY device, window_start, window_end;`;
    const args = ["-c", "gateway.yaml", "--input", "events.jsonl"];
    const run = await sql(context, { ...files, "rule.sql": query }, args);
    assert.equal(run.code, 0, run.stderr);
    assert.deepEqual(run.stdout, [
      '{"device":"a","window_start":"2026-01-01T01:00:00.000","total":4.0}',
    ]);

    // Beside a table of the file's own.
    const union = `${READINGS}SELECT device, t FROM \`press-12\`
      UNION ALL SELECT device, CAST(v AS DOUBLE) FROM readings;`;
    const both = [
      event(1, 7, { $table: "readings" }),
      '{"$table":"press-12","device":"b","t":1,"event_time":"2026-01-01T00:00:01Z"}',
    ].join("");
    const joined = await sql(context, { ...files, "rule.sql": union, "events.jsonl": both }, args);
    assert.equal(joined.code, 0, joined.stderr);
    assert.deepEqual(joined.stdout.toSorted(), [
      '{"device":"a","t":7.0}',
      '{"device":"b","t":1.0}',
    ]);
  });

  it("reads METADATA columns as NULL, whatever the payload says", async (context) => {
    const { stdout } = await sql(context, {
      "rule.sql": `${READINGS}SELECT device, topic FROM readings;`,
      "events.jsonl": event(1, 1, { topic: "t" }),
    });
    assert.deepEqual(stdout, ['{"device":"a","topic":null}']);
  });

  it("names the sink of each INSERT when there is more than one query", async (context) => {
    const sink = (name: string): string => `CREATE TABLE ${name} (x INT);\n`;
    const insert = (name: string): string => `INSERT INTO ${name} SELECT v FROM readings;\n`;
    const files = { "events.jsonl": event(1, 1) };
    const one = await sql(context, { ...files, "rule.sql": READINGS + sink("s1") + insert("s1") });
    assert.deepEqual(one.stdout, ['{"x":1}']);
    const several = await sql(context, {
      ...files,
      "rule.sql": `${READINGS + sink("s1") + sink("s2") + insert("s1") + insert("s2")}SELECT v FROM readings;`,
    });
    assert.deepEqual(several.stdout, [
      '{"into":"s1","row":{"x":1}}',
      '{"into":"s2","row":{"x":1}}',
      '{"v":1}',
    ]);
  });

  it("counts late rows on stderr, and prints them where they are asked for", async (context) => {
    const events = event(1, 1) + event(30, 2) + event(2, 3);
    const counted = await sql(context, { "rule.sql": READINGS + WINDOW, "events.jsonl": events });
    assert.equal(counted.code, 0);
    assert.equal(counted.stdout.length, 2);
    assert.match(counted.stderr, /^1 late row/);
    const shown = await sql(context, {
      "rule.sql": `${READINGS + WINDOW}SELECT \`table\`, event_time, reason FROM headrace_late;`,
      "events.jsonl": events,
    });
    assert.equal(shown.stderr, "edge-only semantics: reads the system table headrace_late");
    assert.deepEqual(
      shown.stdout.filter((line) => line.includes("reason")),
      [
        '{"table":"readings","event_time":"2024-01-01T00:00:02.000Z",' +
          '"reason":"the window ending 2024-01-01 00:00:10Z had fired, the watermark was 2024-01-01 00:00:29Z"}',
      ],
    );
  });

  it("keeps a watermark per device where a table says so", async (context) => {
    const ofB = (second: number): string => event(second, 3).replace('"a"', '"b"');
    const events = event(1, 1) + ofB(2) + event(30, 2) + ofB(3);
    const perDevice = READINGS.replace(");", ") WITH ('watermark.per' = 'device');");
    const late = await sql(context, { "rule.sql": READINGS + WINDOW, "events.jsonl": events });
    assert.match(late.stderr, /^1 late row/);
    const kept = await sql(context, { "rule.sql": perDevice + WINDOW, "events.jsonl": events });
    assert.equal(kept.stderr, "edge-only semantics: 'watermark.per' on table readings");
    assert.equal(kept.code, 0);
  });

  const TWO = `${READINGS}CREATE TABLE others (x STRING);
SELECT device, v FROM readings;
SELECT x FROM others;
`;

  it("reads several tables from one file by $table, in its order", async (context) => {
    const { stdout, code } = await sql(context, {
      "rule.sql": TWO,
      "events.jsonl": [
        '{"$table":"others","x":"p"}\n',
        event(1, 1, { $table: "readings" }),
        '{"$table":"others","x":"q"}\n',
      ].join(""),
    });
    assert.equal(code, 0);
    assert.deepEqual(stdout, ['{"x":"p"}', '{"device":"a","v":1}', '{"x":"q"}']);
  });

  it("reads a file per table, merged by line number", async (context) => {
    const { stdout } = await sql(
      context,
      {
        "rule.sql": TWO,
        "r.jsonl": event(1, 1) + event(2, 2) + event(3, 3),
        "o.jsonl": '{"x":"p"}\n{"x":"q"}\n',
      },
      ["--input", "readings=r.jsonl", "--input", "others=o.jsonl"],
    );
    assert.deepEqual(
      stdout.map((line) => (JSON.parse(line) as { v?: number; x?: string }).v ?? line),
      [1, '{"x":"p"}', 2, '{"x":"q"}', 3],
    );
  });

  it("ends with 1 at a line that Flink would fail on, and keeps the rows before it", async (context) => {
    for (const [bad, reason] of [
      ["no JSON\n", /^events\.jsonl:3 /],
      [event(3, "x"), /^events\.jsonl:3 .*v/],
      ['{"device":"a","v":1}\n', /^events\.jsonl:3 the event time is NULL/],
    ] as const) {
      const run = await sql(context, {
        "rule.sql": `${READINGS}SELECT v FROM readings;`,
        "events.jsonl": event(1, 1) + event(2, 2) + bad + event(4, 4),
      });
      assert.equal(run.code, 1, bad);
      assert.deepEqual(run.stdout, ['{"v":1}', '{"v":2}']);
      assert.match(run.stderr, reason);
    }
  });

  it("ends with 1 at a row that a rule fails on, and says where in the rule", async (context) => {
    const run = await sql(context, {
      "rule.sql": `${READINGS}SELECT 10 / v AS q FROM readings;`,
      "events.jsonl": event(1, 5) + event(2, 0) + event(3, 1),
    });
    assert.equal(run.code, 1);
    assert.deepEqual(run.stdout, ['{"q":2}']);
    assert.match(run.stderr, /^events\.jsonl:2 .*rule\.sql:5:\d+ division by zero\n.*\n +\^/s);
  });

  it("ends with 1 at a line that names no table, and keeps the rows before it", async (context) => {
    const run = await sql(context, {
      "rule.sql": TWO,
      "events.jsonl": event(1, 1, { $table: "readings" }) + event(2, 2, { $table: "reading" }),
    });
    assert.equal(run.code, 1);
    assert.deepEqual(run.stdout, ['{"device":"a","v":1}']);
    assert.match(run.stderr, /^events\.jsonl:2 the line names no table/);
  });

  it("ends with 2 and prints nothing when it cannot begin", async (context) => {
    const events = { "events.jsonl": event(1, 1) };
    const good = `${READINGS}SELECT v FROM readings;`;
    const refused: readonly (readonly [string, Promise<Run>, RegExp])[] = [
      [
        "syntax",
        sql(context, { ...events, "rule.sql": "SELEC 1" }),
        /^rule\.sql:1:1 .*\n +SELEC 1\n +\^/,
      ],
      [
        "an unknown column",
        sql(context, { ...events, "rule.sql": good.replace("SELECT v", "SELECT w") }),
        /^rule\.sql:5:8 /,
      ],
      ["no query", sql(context, { ...events, "rule.sql": READINGS }), /rule\.sql.* no query/],
      ["no rule file", sql(context, events), /rule\.sql/],
      ["no input file", sql(context, { "rule.sql": good }), /events\.jsonl/],
      ["a folder as input", sql(context, { "rule.sql": good }, ["--input", "."]), /cannot read \./],
      ["no --input", sql(context, { "rule.sql": good }, []), /--input/],
    ];
    for (const [what, running, says] of refused) {
      const { code, stdout, stderr } = await running;
      assert.equal(code, 2, `${what}: ${stderr}`);
      assert.deepEqual(stdout, [], what);
      assert.match(stderr, says, what);
    }
  });

  it("gives the same lines every time", async (context) => {
    const events = Array.from({ length: 500 }, (_, i) => event((i * 7) % 60, i)).join("");
    const files = { "rule.sql": READINGS + WINDOW, "events.jsonl": events };
    const [first, second] = [await sql(context, files), await sql(context, files)];
    assert.ok(first.stdout.length > 0);
    assert.deepEqual(first, second);
  });
});

describe("headrace", () => {
  async function run(context: TestContext, ...args: string[]): Promise<Run> {
    const program = new Program(context, args);
    const { code } = await program.exited;
    return { code, stdout: program.stdout.all, stderr: program.stderr.all.join("\n") };
  }

  it("--version and --help print on stdout and end with 0", async (context) => {
    const version = await run(context, "--version");
    assert.equal(version.code, 0);
    assert.match(version.stdout.join(), /^\d+\.\d+\.\d+$/);
    const help = await run(context, "--help");
    assert.equal(help.code, 0);
    for (const command of ["run", "demo", "sql"]) {
      assert.match(help.stdout.join("\n"), new RegExp(`^ +${command} `, "m"));
    }
    assert.equal((await run(context, "sql", "--help")).code, 0);
  });

  it("ends with 2 for what it does not know, with a suggestion, and nothing on stdout", async (context) => {
    for (const [args, says] of [
      [["rum"], /unknown command 'rum'\n.*run/],
      [["run", "-c", "x", "--confg", "y"], /unknown option '--confg'\n.*--config/],
      [["run"], /--config/],
      [[], /Usage: headrace/],
    ] as const) {
      const { code, stdout, stderr } = await run(context, ...args);
      assert.equal(code, 2, args.join(" "));
      assert.deepEqual(stdout, []);
      assert.match(stderr, says);
    }
  });
});
