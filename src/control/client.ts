// The CLI's end of the control channel (channel.ts).

import { connect } from "node:net";

import { GatewayError } from "../core/errors.ts";
import { CONTROL_PART_BYTES, CONTROL_TIMEOUT_MS } from "../core/limits.ts";
import { controlSocket } from "./channel.ts";
import type { ControlAnswer, ControlCommand, ControlRequest, ControlStream } from "./channel.ts";

/**
 * Has the gateway on `dataFolder` obey a command, and gives its result. Throws a GatewayError of blame external when
 * none runs there, when it does not answer, or when it refuses.
 */
export async function control(
  dataFolder: string,
  request: ControlRequest & { readonly command: ControlCommand },
): Promise<unknown> {
  const path = controlSocket(dataFolder);
  const answer = await ask(path, JSON.stringify(request));
  if ("result" in answer) return answer.result;
  throw failure(answer.error, answer.hint);
}

/**
 * The parts of what the gateway on `dataFolder` streams, each read when it is asked for. Throws as `control` does; see
 * `isAbsent`.
 */
export async function* controlStream(
  dataFolder: string,
  request: ControlRequest & { readonly command: ControlStream },
): AsyncGenerator<Uint8Array, void, void> {
  const path = controlSocket(dataFolder);
  const socket = connect(path);
  socket.setTimeout(CONTROL_TIMEOUT_MS, () => {
    socket.destroy(new Error(`nothing for ${CONTROL_TIMEOUT_MS / 1000} s`));
  });
  try {
    socket.write(`${JSON.stringify(request)}\n`);
    yield* partsOf(socket);
  } catch (error) {
    throw error instanceof GatewayError ? error : unreachable(path, error as NodeJS.ErrnoException);
  } finally {
    socket.destroy();
  }
}

/** Whether it failed because no gateway runs there. */
export function isAbsent(error: unknown): boolean {
  return error instanceof GatewayError && error.context["absent"] === true;
}

async function* partsOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array, void, void> {
  let held: Buffer = Buffer.alloc(0);
  let isAnswered = false;
  for await (const chunk of chunks) {
    held = held.byteLength === 0 ? chunk : Buffer.concat([held, chunk]);
    if (!isAnswered) {
      const end = held.indexOf("\n");
      if (end < 0) continue;
      const answer = JSON.parse(held.toString("utf8", 0, end)) as ControlAnswer;
      if ("error" in answer) throw failure(answer.error, answer.hint);
      isAnswered = true;
      held = held.subarray(end + 1);
    }
    while (held.byteLength >= 4) {
      const length = held.readUInt32LE(0);
      if (length === 0) return;
      if (length > CONTROL_PART_BYTES) throw failure("the gateway's answer makes no sense");
      if (held.byteLength < 4 + length) break;
      yield held.subarray(4, 4 + length);
      held = held.subarray(4 + length);
    }
  }
  throw failure("the gateway ended the connection in the middle of its answer");
}

async function ask(path: string, request: string): Promise<ControlAnswer> {
  return await new Promise((resolve, reject) => {
    const socket = connect(path);
    let text = "";
    socket.setEncoding("utf8");
    socket.setTimeout(CONTROL_TIMEOUT_MS, () => {
      socket.destroy(new Error(`no answer within ${CONTROL_TIMEOUT_MS / 1000} s`));
    });
    socket.on("connect", () => socket.write(`${request}\n`));
    socket.on("data", (data: string) => (text += data));
    socket.on("error", (error: NodeJS.ErrnoException) => reject(unreachable(path, error)));
    socket.on("close", () => {
      try {
        resolve(JSON.parse(text) as ControlAnswer);
      } catch {
        reject(failure("the gateway ended the connection without an answer"));
      }
    });
  });
}

function unreachable(path: string, error: NodeJS.ErrnoException): GatewayError {
  if (error.code === "ENOENT" || error.code === "ECONNREFUSED") {
    return failure(`no gateway runs on this data folder (nobody listens at ${path})`, undefined, {
      absent: true,
    });
  }
  if (error.code === "EACCES") {
    return failure(`${path} belongs to another user`, "Run the command as the gateway's user.");
  }
  return failure(`${path}: ${error.message}`);
}

function failure(message: string, hint?: string, context = {}): GatewayError {
  return new GatewayError(message, {
    code: "CONTROL_FAILED",
    blame: "external",
    context,
    ...(hint === undefined ? {} : { hint }),
  });
}
