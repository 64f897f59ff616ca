// Rows on stdout: lines are gathered, and handed over when the run has time to wait for a slow reader.

import type { Progress } from "./progress.ts";

/** Clears `progress` before it writes. */
export class LineWriter {
  readonly #progress: Progress;
  #text = "";

  constructor(progress: Progress) {
    this.#progress = progress;
  }

  write(line: string): void {
    this.#text += `${line}\n`;
  }

  /** Hands over what is there; resolves when stdout takes more. False: the reader has gone. */
  async drained(): Promise<boolean> {
    if (this.#text !== "") {
      const text = this.#text;
      this.#text = "";
      this.#progress.clear();
      await new Promise<void>((resolve) => void process.stdout.write(text, () => resolve()));
    }
    return process.stdout.writable;
  }
}
