// A process whose wall clock is set by the test, while its monotonic clock goes on as the machine's does (libfaketime).

import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const LIBRARIES = "/usr/lib";

/** The library for processes with threads, where Debian has it; undefined: it is not installed. */
export function fakeTimeLibrary(): string | undefined {
  return readdirSync(LIBRARIES)
    .map((triplet) => join(LIBRARIES, triplet, "faketime/libfaketimeMT.so.1"))
    .find((file) => existsSync(file));
}

/** The clock of the processes that are started with `environment`. */
export class FakeClock {
  readonly environment: Readonly<Record<string, string>>;
  readonly #folder = mkdtempSync(join(tmpdir(), "headrace-clock-"));
  readonly #file = join(this.#folder, "clock");

  /** `shiftSeconds`: as `set`. */
  constructor(shiftSeconds = 0) {
    this.set(shiftSeconds);
    this.environment = {
      LD_PRELOAD: fakeTimeLibrary() ?? "",
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    };
  }

  /** From now on it is so far ahead of the machine's clock; negative: behind. */
  set(shiftSeconds: number): void {
    // Renamed: a reader that finds half a file would see another time.
    writeFileSync(`${this.#file}.new`, `${shiftSeconds < 0 ? "" : "+"}${shiftSeconds}s\n`);
    renameSync(`${this.#file}.new`, this.#file);
  }

  dispose(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
