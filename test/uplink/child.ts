// Runs an uplink in a child process on an outbox of this one, until it dies or is killed.

import { fork, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import type { CrashPoint } from "../../src/core/fault-points.ts";
import type { MemoryOutbox } from "./kit.ts";
import type { FromChild, ToChild } from "./uplink-child.ts";

export class UplinkChild {
  readonly #child: ChildProcess;
  readonly #outbox: MemoryOutbox;
  readonly #ended: Promise<void>;
  /** What ended the child; null when it ended by itself, undefined while it runs. */
  signal: NodeJS.Signals | null | undefined;

  /** `crashPoint` like `uplink-before-end-txn:3`. */
  constructor(bootstrap: string, outbox: MemoryOutbox, crashPoint?: `${CrashPoint}:${number}`) {
    this.#outbox = outbox;
    this.#child = fork(join(import.meta.dirname, "uplink-child.ts"), [bootstrap], {
      serialization: "advanced",
      env: {
        ...process.env,
        ...(crashPoint !== undefined && { HEADRACE_CRASH_POINT: crashPoint }),
      },
    });
    this.#ended = new Promise((resolve) => {
      this.#child.once("exit", (_, signal) => {
        this.signal = signal;
        resolve();
      });
    });
    this.#child.on("message", (message: FromChild) => void this.#serve(message));
    // The pipe of a process that kills itself breaks while we write to it.
    this.#child.on("error", () => undefined);
    this.notify();
  }

  /** Tells the child what is in the outbox. */
  notify(): void {
    this.#send({ kind: "lanes", lanes: this.#outbox.lanes });
  }

  /** Ends the child if it runs. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  async #serve(message: FromChild): Promise<void> {
    if (message.kind === "confirm") this.#outbox.confirm(...message.args);
    else {
      const chunks = await this.#outbox.read(...message.args);
      this.#send({ kind: "chunks", id: message.id, chunks });
    }
  }

  #send(message: ToChild): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }
}
