// `headrace profile`: what people and programs see of it.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";

import { Program } from "../../gateway/process.ts";
import { VIBRATION } from "./vibration.ts";

interface Ran {
  readonly code: number | null;
  readonly out: readonly string[];
  readonly err: readonly string[];
}

/** Runs `headrace profile …` in a folder with these files. */
async function profile(
  context: TestContext,
  args: readonly string[],
  files: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const cwd = mkdtempSync(join(tmpdir(), "headrace-profile-"));
  context.after(() => rmSync(cwd, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
  const program = new Program(context, ["profile", ...args], { cwd });
  const { code } = await program.exited;
  return { code, out: program.stdout.all, err: program.stderr.all };
}

const FRAME = "0007 1068 019b76daa8fa 00d2 ff38 8001";

describe("headrace profile", () => {
  it("lints: nothing wrong", async (context) => {
    const { code, out, err } = await profile(context, ["lint", "v.yaml"], { "v.yaml": VIBRATION });
    assert.deepEqual(err, []);
    assert.deepEqual(out, ["v.yaml: vib, 10 columns, 1 examples"]);
    assert.equal(code, 0);
  });

  it("lints: each problem with its place and what to write, nothing on stdout, exit code 78", async (context) => {
    const wrong = VIBRATION.replace("units: mm/s", "units: mm/sec").replace(
      "minLength",
      "minLenght",
    );
    const unlike = VIBRATION.replace("rms: 2.1,", "rms: 2.2,");
    const files = { "a.yaml": wrong, "b.yaml": unlike };
    const { code, out, err } = await profile(context, ["lint", "a.yaml", "b.yaml"], files);
    assert.equal(code, 78);
    assert.deepEqual(out, []);
    const text = err.join("\n");
    assert.match(
      text,
      /^a\.yaml:5:\d+ .*"mm\/sec" is not a UCUM unit\n.*\n +\^{6}\n {2}Write "mm\/s"\.$/m,
    );
    assert.match(
      text,
      /^a\.yaml:13:25 unknown key "minLenght"\n.*\n +\^{9}\n {2}Did you mean 'minLength'\?/m,
    );
    assert.match(text, /^b\.yaml:19:\d+ rms is 2\.1, the example says 2\.2$/m);
  });

  it("lints as JSON", async (context) => {
    const files = { "a.yaml": VIBRATION.replace("name: vib", "namee: vib") };
    const { code, out } = await profile(context, ["lint", "--json", "a.yaml"], files);
    assert.equal(code, 78);
    const { files: linted } = JSON.parse(out.join("")) as { files: { problems: object[] }[] };
    assert.deepEqual(linted[0]?.problems[1] ?? linted[0]?.problems[0], {
      line: 1,
      column: 1,
      message: 'unknown key "namee"',
      hint: "Did you mean 'name'?",
    });
  });

  it("shows the table of a profile that comes with headrace", async (context) => {
    const { code, out } = await profile(context, ["show", "vibration-json"]);
    assert.equal(code, 0);
    const text = out.join("\n");
    assert.match(text, /^watermark +event_time - 2 s, per device$/m);
    assert.match(text, /^identity +device \+ \/seq, anew with each boot$/m);
    assert.match(text, /^temperature +DOUBLE +Cel +-40…125 +\/temperature +Surface temperature/m);
    assert.match(
      text,
      /^clock +without a time: dead letter; .*; more than 60 s ahead: dead letter$/m,
    );
    assert.match(text, /^quality +uncertain when unchanged for: temperature 600 s$/m);
    const limits = VIBRATION.replace("  examples:", "  limits: {rms: {high: 7.1}}\n  examples:");
    const hot = await profile(context, ["show", "v.yaml"], { "v.yaml": limits });
    assert.equal(
      hot.out.at(-5),
      "CREATE TABLE `vib.rms_high` (series STRING, " +
        "event_time TIMESTAMP_LTZ(3), `value` DOUBLE)",
    );
    const plug = await profile(context, ["show", "tasmota-energy-plug"]);
    assert.match(
      plug.out.join("\n"),
      /^beside it +`tasmota-energy-plug_availability`: device, online, [^]*^availability +tele\/\{device\}\/LWT, the payload: there Online; gone Offline$/m,
    );
    const unknown = await profile(context, ["show", "vibration-jsn"]);
    assert.equal(unknown.code, 2);
    assert.match(unknown.err.join("\n"), /Did you mean 'vibration-json'\?/);
  });

  it("decodes a frame byte by byte", async (context) => {
    const args = ["decode", "v.yaml", FRAME, "--received", "2026-01-01T00:00:01Z"];
    const { code, out, err } = await profile(context, args, { "v.yaml": VIBRATION });
    assert.deepEqual(err, []);
    assert.equal(code, 0);
    assert.deepEqual(out, [
      "byte  bytes              field        type         raw            value",
      "   0  00 07              sequence     u16be        7              7",
      "   2  10 68              -",
      "   4  01 9b 76 da a8 fa  time         u48be        1767225600250  2026-01-01T00:00:00.250Z",
      "  10  00 d2              rms          u16be        210            2.1",
      "  12  ff 38              temperature  i16be        -200           -2.0",
      "  14  80 01              alarm        u16be bit 0  1              1",
      "",
      '{"device":"device","rms":2.1,"temperature":-2.0,"alarm":1,"sequence":7,' +
        '"event_time":"2026-01-01T00:00:00.250Z","receive_time":"2026-01-01T00:00:01.000Z",' +
        '"topic":"plant/device/vib","quality":"good","quality_reasons":null}',
    ]);
  });

  it("says why a message is a dead letter, and where", async (context) => {
    const short = await profile(context, ["decode", "v.yaml", "00070000"], { "v.yaml": VIBRATION });
    assert.equal(short.code, 1);
    assert.match(
      short.err.join("\n"),
      /^dead letter: a frame of 4 bytes, at least 16 expected, at byte 4/,
    );
    const misspelt = await profile(context, ["decode", "v.yaml", "0g"], { "v.yaml": VIBRATION });
    assert.equal(misspelt.code, 2);
    assert.match(
      misspelt.err.join("\n"),
      /character 2 of the payload, "g", is no hexadecimal digit/,
    );
    const json = await profile(context, [
      "decode",
      "--json",
      "vibration-json",
      '{"temperature":tru}',
    ]);
    assert.equal(json.code, 1);
    const { rows, deadLetter } = JSON.parse(json.out.join("")) as Record<string, unknown>;
    assert.deepEqual(rows, []);
    assert.match(String(deadLetter), /at byte \d+$/);
  });
});
