// A folder that processes can be made to lose power over: their environment while they run, and after their death the cut.

import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Draw } from "../draw.ts";
import { type ShimOptions, shimEnvironment } from "./build.ts";
import { Card, type Cut, CUTS } from "./card.ts";
import { type FolderImage, readFolder, writeFolder } from "./folder.ts";
import { readOperations } from "./records.ts";

/** One boot of a machine over `folder`, in which processes live one after the other; made before the first starts. */
export class PoweredFolder {
  readonly #folder: string;
  readonly #before: FolderImage;
  readonly #boot: string = randomUUID();
  readonly #scratch: string = mkdtempSync(join(tmpdir(), "headrace-power-"));

  constructor(folder: string) {
    this.#folder = folder;
    this.#before = readFolder(folder);
  }

  get #journal(): string {
    return join(this.#scratch, "journal");
  }

  /** For a process. */
  environment(options: Pick<ShimOptions, "cutAt" | "fail"> = {}): Record<string, string> {
    return {
      ...shimEnvironment({ ...options, folder: this.#folder, journal: this.#journal }),
      HEADRACE_MACHINE_BOOT: this.#boot,
    };
  }

  /** Puts what the cut has left in the place of the folder. No process may live. Returns the kind of cut. */
  cut(draw: Draw): Cut {
    const card = new Card(this.#before);
    for (const operation of readOperations(readFileSync(this.#journal))) card.apply(operation);
    const cut = draw.pick(CUTS);
    writeFolder(this.#folder, card.cut(cut, draw));
    rmSync(this.#scratch, { recursive: true });
    return cut;
  }
}
