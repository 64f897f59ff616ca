// A memory card, as a power cut finds it: what was synced is on it; of everything since, some is and some is not.
//
// The model is harsher than a journaling filesystem. Contents are durable by a sync of the file, names (created,
// renamed, removed) by a sync of their folder and nothing else. Writes not yet synced may be lost, may reach the card
// in another order, and may be torn at sectors of 512 bytes; a sector is whole, old or new. What was synced is never
// damaged by a write beside it: SQLite relies on that (powersafe overwrite).

import { dirname } from "node:path";

import type { Draw } from "../draw.ts";
import { Content } from "./content.ts";
import type { FolderImage } from "./folder.ts";
import type { Operation } from "./records.ts";

/**
 * What survives of the operations since the last sync:
 *   nothing   none              prefix   all up to some moment
 *   all       every one         subset   each or not, in any order
 *   torn      each or not, of a write some of its sectors
 *   grown     as torn, and files have their new size with zeros or rubbish in the gaps
 */
export const CUTS = ["nothing", "all", "prefix", "subset", "torn", "grown"] as const;
export type Cut = (typeof CUTS)[number];

const SECTOR_BYTES = 512;

type DataChange = Extract<Operation, { kind: "write" | "truncate" }>;
type NameChange =
  | { readonly kind: "link"; readonly path: string; readonly file: number }
  | Extract<Operation, { kind: "rename" | "unlink" | "mkdir" | "rmdir" }>;

interface Pending {
  readonly file: number | undefined;
  readonly change: DataChange | NameChange;
}

export class Card {
  readonly #contents: Content[] = [];
  readonly #names = new Map<string, number>();
  readonly #folders: Set<string>;
  /** Inodes are used again once a file is gone: the newest file of each. */
  readonly #files = new Map<bigint, number>();
  #pending: Pending[] = [];

  /** Everything in `before` is durable. */
  constructor(before: FolderImage) {
    this.#folders = new Set(before.folders);
    for (const [path, { inode, bytes }] of before.files)
      this.#names.set(path, this.#newFile(inode, bytes));
  }

  apply(operation: Operation): void {
    switch (operation.kind) {
      case "write":
      case "truncate":
        this.#pending.push({ file: this.#fileOf(operation.inode), change: operation });
        return;
      case "sync": {
        const file = this.#fileOf(operation.inode);
        this.#settle((pending) => pending.file === file);
        return;
      }
      case "sync-failed": {
        // The kernel takes the pages for written. Only the size of the file it still knows to be unsaved.
        const file = this.#fileOf(operation.inode);
        this.#pending = this.#pending.filter(
          (pending) => pending.file !== file || pending.change.kind !== "write",
        );
        return;
      }
      case "sync-folder":
        this.#settle(({ change }) => isIn(change, operation.path));
        return;
      case "create": {
        const file = this.#newFile(operation.inode, Buffer.alloc(0));
        const change = { kind: "link", path: operation.path, file } as const;
        this.#pending.push({ file: undefined, change });
        return;
      }
      default:
        this.#pending.push({ file: undefined, change: operation });
    }
  }

  /** What is on the card after the cut. The card is of no further use. */
  cut(cut: Cut, draw: Draw): FolderImage {
    if (cut === "grown") this.#grow(draw);
    const end = cut === "prefix" ? draw.below(this.#pending.length + 1) : Infinity;
    for (const [index, pending] of this.#pending.entries()) {
      if (cut === "nothing" || index >= end) break;
      if (cut === "all" || cut === "prefix") this.#carryOut(pending);
      else if (pending.change.kind === "write" && cut !== "subset") this.#tear(pending, draw);
      else if (draw.below(2) === 0) this.#carryOut(pending);
    }
    const files = [...this.#names].map(([path, file]) => {
      const bytes = this.#contents[file]?.bytes ?? Buffer.alloc(0);
      return [path, { inode: 0n, bytes }] as const;
    });
    return {
      files: new Map(files.filter(([path]) => this.#hasFolder(path))),
      folders: this.#folders,
    };
  }

  #newFile(inode: bigint, bytes: Buffer): number {
    const file = this.#contents.push(new Content(bytes)) - 1;
    this.#files.set(inode, file);
    return file;
  }

  #fileOf(inode: bigint): number {
    const file = this.#files.get(inode);
    if (file === undefined) throw new Error(`the shim saw a file it does not know: inode ${inode}`);
    return file;
  }

  #settle(isDurable: (pending: Pending) => boolean): void {
    const left: Pending[] = [];
    for (const pending of this.#pending) {
      if (isDurable(pending)) this.#carryOut(pending);
      else left.push(pending);
    }
    this.#pending = left;
  }

  #carryOut({ file, change }: Pending): void {
    if (change.kind === "write" || change.kind === "truncate") {
      const content = this.#contents[file ?? -1];
      if (change.kind === "write") content?.write(change.offset, change.data);
      else content?.resize(change.size);
    } else this.#rename(change);
  }

  #rename(change: NameChange): void {
    const names = this.#names;
    switch (change.kind) {
      case "link":
        names.set(change.path, change.file);
        return;
      case "unlink":
        names.delete(change.path);
        return;
      case "mkdir":
        this.#folders.add(change.path);
        return;
      case "rmdir":
        this.#folders.delete(change.path);
        return;
      case "rename": {
        const file = names.get(change.path);
        // Its creation may have been lost.
        if (file === undefined) return;
        names.delete(change.path);
        names.set(change.to, file);
      }
    }
  }

  #tear({ file, change }: Pending, draw: Draw): void {
    const { offset, data } = change as Extract<Operation, { kind: "write" }>;
    // Of ten sectors about one, five or nine get through.
    const share = draw.pick([1, 5, 9]);
    for (let at = 0; at < data.length;) {
      const length = SECTOR_BYTES - ((offset + at) % SECTOR_BYTES);
      const sector = data.subarray(at, at + length);
      if (draw.below(10) < share) this.#contents[file ?? -1]?.write(offset + at, sector);
      at += sector.length;
    }
  }

  #grow(draw: Draw): void {
    const filler = draw.pick([0, 0xa5]);
    for (const { file, change } of this.#pending) {
      if (change.kind !== "write") continue;
      this.#contents[file ?? -1]?.grow(change.offset + change.data.length, filler);
    }
  }

  /** A file whose folder was lost is lost with it. */
  #hasFolder(path: string): boolean {
    const folder = dirname(path);
    return folder === "." || this.#folders.has(folder);
  }
}

function isIn(change: DataChange | NameChange, folder: string): boolean {
  if (change.kind === "write" || change.kind === "truncate") return false;
  const parent = (path: string): string => (dirname(path) === "." ? "" : dirname(path));
  return (
    parent(change.path) === folder || (change.kind === "rename" && parent(change.to) === folder)
  );
}
