// The memory card, with operations made by hand.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Draw } from "../draw.ts";
import { Card, CUTS } from "./card.ts";
import type { FolderImage } from "./folder.ts";
import type { Operation } from "./records.ts";

const NOTHING: FolderImage = { files: new Map(), folders: new Set() };
const SECTOR = 512;

function create(path: string, inode: bigint): Operation {
  return { kind: "create", path, inode };
}

function write(inode: bigint, text: string, offset = 0): Operation {
  return { kind: "write", inode, offset, data: Buffer.from(text) };
}

function contents(image: FolderImage): Record<string, string> {
  return Object.fromEntries([...image.files].map(([path, { bytes }]) => [path, bytes.toString()]));
}

/** What each of many cuts leaves. */
function cuts(operations: readonly Operation[], before = NOTHING): FolderImage[] {
  return CUTS.flatMap((cut) =>
    Array.from({ length: 40 }, (_, seed) => {
      const card = new Card(before);
      for (const operation of operations) card.apply(operation);
      return card.cut(cut, new Draw(0, seed));
    }),
  );
}

const SYNCED: readonly Operation[] = [
  create("db", 1n),
  write(1n, "hello"),
  { kind: "sync", inode: 1n },
  { kind: "sync-folder", path: "" },
];

test("what was synced with its name survives every cut", () => {
  for (const image of cuts(SYNCED)) assert.deepEqual(contents(image), { db: "hello" });
});

test("a file whose folder was not synced may be gone, and is whole when it is not", () => {
  const left = cuts(SYNCED.slice(0, 3)).map((image) => contents(image)["db"]);
  assert.deepEqual(new Set(left), new Set(["hello", undefined]));
});

test("a write that was not synced may be there, be missing, or reach the card after a younger one", () => {
  const later = [...SYNCED, write(1n, "12", 0), write(1n, "34", 3)];
  const left = new Set(cuts(later).map((image) => contents(image)["db"]));
  assert.deepEqual(left, new Set(["12l34", "12llo", "hel34", "hello"]));
});

test("what was written before a failed sync never reaches the card, unless it is written again", () => {
  const failed: readonly Operation[] = [
    ...SYNCED,
    write(1n, "12", 0),
    { kind: "sync-failed", inode: 1n },
    write(1n, "34", 3),
    { kind: "sync", inode: 1n },
  ];
  for (const image of cuts(failed)) assert.deepEqual(contents(image), { db: "hel34" });
});

test("a torn write is old or new in each of its sectors, and never damages what is beside it", () => {
  const old = Buffer.alloc(4 * SECTOR, "o");
  const before: FolderImage = {
    files: new Map([["db", { inode: 1n, bytes: old }]]),
    folders: new Set(),
  };
  const patterns = new Set<string>();
  for (const image of cuts([write(1n, "n".repeat(2 * SECTOR), SECTOR / 2)], before)) {
    const bytes = image.files.get("db")?.bytes ?? Buffer.alloc(0);
    assert.equal(bytes.length, old.length);
    const parts = [0, 256, 512, 1024, 1280].map((start, i, starts) => {
      return new Set(bytes.subarray(start, starts[i + 1] ?? bytes.length));
    });
    for (const part of parts) assert.equal(part.size, 1, "no sector is mixed");
    const text = parts.map(([byte]) => String.fromCharCode(byte ?? 0)).join("");
    assert.match(text, /^o...o$/);
    patterns.add(text);
  }
  assert.equal(patterns.size, 8, "every combination comes up");
});

test("removals and renames wait for their folder's sync", () => {
  const renamed: Operation = { kind: "rename", path: "db", to: "aside/db" };
  const moved = [...SYNCED, { kind: "mkdir", path: "aside" } as const, renamed];
  const left = new Set(cuts(moved).map((image) => JSON.stringify(contents(image))));
  // A rename into a folder that was lost takes the file with it.
  assert.deepEqual(left, new Set(['{"aside/db":"hello"}', '{"db":"hello"}', "{}"]));
  const durable = [...moved, { kind: "sync-folder", path: "" } as const];
  for (const image of cuts(durable)) assert.deepEqual(contents(image), { "aside/db": "hello" });
  const removed = [...SYNCED, { kind: "unlink", path: "db" } as const];
  assert.deepEqual(new Set(cuts(removed).map(({ files }) => files.size)), new Set([0, 1]));
});

test("an inode that is used again is another file", () => {
  const again: readonly Operation[] = [
    ...SYNCED,
    { kind: "unlink", path: "db" },
    create("other", 1n),
    write(1n, "new"),
    { kind: "sync", inode: 1n },
  ];
  for (const image of cuts(again)) {
    const { db, other } = contents(image) as { db?: string; other?: string };
    assert.ok(db === undefined || db === "hello", db);
    assert.ok(other === undefined || other === "new", other);
  }
});

test("a file may be cut, and grow with rubbish where nothing was written", () => {
  const cut = [...SYNCED, { kind: "truncate", inode: 1n, size: 2 } as const];
  const left = new Set(cuts(cut).map((image) => contents(image)["db"]));
  assert.deepEqual(left, new Set(["he", "hello"]));
  const grown = cuts([...SYNCED, write(1n, "x", 8)]).map((image) => contents(image)["db"]);
  assert.ok(grown.includes("hello\0\0\0x"));
  assert.ok(grown.includes("hello\0\0\0\0"), "the size is there, the data is not");
});
