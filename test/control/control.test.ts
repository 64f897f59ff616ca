import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";

import { control, controlStream, isAbsent } from "../../src/control/client.ts";
import { ControlServer } from "../../src/control/server.ts";
import type { ControlHandlers } from "../../src/control/server.ts";
import { GatewayError } from "../../src/core/errors.ts";
import { CONTROL_REQUEST_BYTES } from "../../src/core/limits.ts";
import { recordingLog } from "../store/kit.ts";

function folder(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "headrace-control-"));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

const HANDLERS: ControlHandlers = {
  commands: {
    status: async () => ({ fine: true }),
    "uplink resume": async () => {
      throw new GatewayError("no uplink", {
        code: "CONTROL_FAILED",
        blame: "config",
        hint: "Add it.",
      });
    },
  },
  streams: {
    async *journal({ sinceMs }) {
      if (sinceMs === 7) throw new Error("nothing can be read now");
      yield Buffer.from(`since ${sinceMs}`);
      yield Buffer.alloc(1_000_000, 7);
      if (sinceMs === 13) throw new Error("the worker is gone");
      yield Buffer.from("end");
    },
  },
};

async function serve(context: TestContext, directory: string): Promise<ControlServer | undefined> {
  const server = await ControlServer.start(directory, HANDLERS, recordingLog().log);
  context.after(() => server?.close());
  return server;
}

describe("the control channel", () => {
  it("answers its owner and nobody else", async (context) => {
    const directory = folder(context);
    await serve(context, directory);
    assert.deepEqual(await control(directory, { command: "status" }), { fine: true });
    assert.equal(statSync(join(directory, "control.sock")).mode & 0o777, 0o600);
    await assert.rejects(control(directory, { command: "uplink resume" }), {
      message: "no uplink",
      hint: "Add it.",
    });
    await assert.rejects(control(directory, { command: "wipe" as "status" }), /no command 'wipe'/);
  });

  it("says that no gateway runs, also where a killed one left its socket", async (context) => {
    const directory = folder(context);
    await assert.rejects(
      control(directory, { command: "status" }),
      /no gateway runs on this data folder/,
    );
    writeFileSync(join(directory, "control.sock"), "");
    await assert.rejects(
      control(directory, { command: "status" }),
      /no gateway runs on this data folder/,
    );
    await serve(context, directory);
    assert.deepEqual(await control(directory, { command: "status" }), { fine: true });
  });

  it("streams parts, and tells a whole stream from one that broke off", async (context) => {
    const directory = folder(context);
    await serve(context, directory);
    const parts: number[] = [];
    const take = async (sinceMs: number): Promise<void> => {
      parts.length = 0;
      for await (const part of controlStream(directory, { command: "journal", sinceMs })) {
        parts.push(part.byteLength);
      }
    };
    await take(5);
    assert.deepEqual(parts, [7, 1_000_000, 3]);
    await assert.rejects(take(13), /in the middle of its answer/);
    await assert.rejects(take(7), /nothing can be read now/);
    await assert.rejects(
      async () => {
        for await (const _ of controlStream(folder(context), { command: "journal" })) assert.fail();
      },
      (error) => isAbsent(error),
    );
  });

  it("outlives garbage, floods and clients that leave", async (context) => {
    const directory = folder(context);
    const server = await serve(context, directory);
    const path = join(directory, "control.sock");
    const say = async (text: string): Promise<string> =>
      await new Promise((resolve) => {
        let answer = "";
        const socket = connect(path, () => socket.write(text));
        socket.on("data", (data) => (answer += data.toString()));
        socket.on("error", () => undefined);
        socket.on("close", () => resolve(answer));
      });
    assert.match(await say("{]\n"), /"error"/);
    assert.match(await say("null\n"), /"error"/);
    assert.equal(await say("x".repeat(CONTROL_REQUEST_BYTES + 1)), "");
    const leaver = connect(path, () => leaver.destroy());
    assert.deepEqual(await control(directory, { command: "status" }), { fine: true });
    await server?.close();
    await assert.rejects(control(directory, { command: "status" }), /no gateway runs/);
  });

  it("is left out, with a warning, where no socket can be made", async (context) => {
    const { log, messages } = recordingLog();
    const tooLong = join(folder(context), "x".repeat(120));
    assert.equal(await ControlServer.start(tooLong, HANDLERS, log), undefined);
    assert.match(messages.join("\n"), /no control channel/);
  });
});
