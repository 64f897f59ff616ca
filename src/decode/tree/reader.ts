// Messages of a self-describing binary format into rows: a map by message, wanted values by their paths. Keys may be
// text or integers. Of duplicate keys the last one wins. What nobody wants is passed over, its syntax checked.

import { FormatOptions } from "../../core/format/options.ts";
import { hasRecords, pathTree } from "../paths.ts";
import type { PathNode } from "../paths.ts";
import type { Payload, PayloadReader, ReaderInput } from "../payload-reader.ts";
import { RecordRows } from "../record-rows.ts";
import { ARRAY_ITEM, INTEGER_ITEM, MAP_ITEM, NULL_ITEM, TEXT_ITEM } from "./cursor.ts";
import type { TreeCursor } from "./cursor.ts";
import { TreeTaker } from "./taker.ts";

/** What is wanted at a place, with its takers. */
interface Shape {
  readonly takers: readonly TreeTaker[];
  readonly children: ReadonlyMap<string, Shape>;
  readonly each: Shape | undefined;
}

export class TreeReader implements PayloadReader {
  readonly ignoresErrors: boolean;
  reason = "";
  position = 0;
  readonly #cursor: TreeCursor;
  readonly #name: string;
  readonly #shape: Shape;
  readonly #rows: RecordRows;
  readonly #hasRecords: boolean;

  /** `name` is the format's, for options and reasons. Throws blame `config` for bad options. */
  constructor(name: string, cursor: TreeCursor, { table, wanted, space }: ReaderInput) {
    const options = new FormatOptions(table, `${name}.`);
    this.ignoresErrors = options.flag("ignore-parse-errors");
    options.finish();
    this.#name = name;
    this.#cursor = cursor;
    this.#shape = shapeOf(pathTree(wanted));
    this.#rows = new RecordRows(space);
    this.#hasRecords = hasRecords(wanted);
  }

  read({ bytes, start, end }: Payload, row: number): number {
    const cursor = this.#cursor;
    cursor.reset(bytes, start, end);
    this.#rows.begin(row);
    if (start === end) cursor.fail("empty payload");
    const kind = cursor.next();
    if (kind !== MAP_ITEM && !this.#hasRecords) cursor.fail("the payload is not a map", start);
    this.#take(this.#shape, kind, row, start);
    if (cursor.pos < end) cursor.fail(`${end - cursor.pos} bytes behind the message`);
    if (!cursor.failed) return this.#hasRecords ? this.#rows.count : 1;
    this.reason = cursor.isValueFailure ? cursor.reason : `not ${this.#name}: ${cursor.reason}`;
    this.position = cursor.failedAt;
    return -1;
  }

  /** Takes what `shape` wants of the item whose head, of `kind`, was read and began at `start`. */
  #take(shape: Shape, kind: number, row: number, start: number): void {
    const cursor = this.#cursor;
    const { takers, children, each } = shape;
    for (let i = 0; i < takers.length; i++) {
      if (i > 0) this.#again(start);
      (takers[i] as TreeTaker).take(cursor, kind, row, start);
    }
    const isParent = children.size > 0 || each !== undefined;
    if (takers.length > 0) {
      if (!isParent) return;
      this.#again(start);
    }
    if (each !== undefined) this.#each(each, kind);
    else if (isParent && kind === MAP_ITEM) this.#map(children, row);
    else if (isParent && kind === ARRAY_ITEM) this.#array(children, row);
    else cursor.skipItem(kind);
  }

  /** Back to the item that begins at `start`, its head read once more. */
  #again(start: number): void {
    const cursor = this.#cursor;
    if (cursor.failed) return;
    cursor.pos = start;
    cursor.next();
  }

  #map(children: ReadonlyMap<string, Shape>, row: number): void {
    const cursor = this.#cursor;
    const { length } = cursor;
    cursor.enter();
    for (let i = 0; cursor.more(length, i); i++) this.#child(this.#key(children), row);
    cursor.leave();
  }

  #key(children: ReadonlyMap<string, Shape>): Shape | undefined {
    const cursor = this.#cursor;
    const kind = cursor.next();
    if (kind === TEXT_ITEM) return children.get(cursor.itemText());
    if (kind === INTEGER_ITEM) return children.get(String(cursor.number));
    cursor.skipItem(kind);
    return undefined;
  }

  #array(children: ReadonlyMap<string, Shape>, row: number): void {
    const cursor = this.#cursor;
    const { length } = cursor;
    cursor.enter();
    for (let i = 0; cursor.more(length, i); i++) this.#child(children.get(String(i)), row);
    cursor.leave();
  }

  #child(child: Shape | undefined, row: number): void {
    const cursor = this.#cursor;
    const start = cursor.pos;
    const kind = cursor.next();
    if (child === undefined) cursor.skipItem(kind);
    else this.#take(child, kind, row, start);
  }

  /** Every element in a row of its own; null is an array without any. */
  #each(shape: Shape, kind: number): void {
    const cursor = this.#cursor;
    if (kind === NULL_ITEM) return;
    if (kind !== ARRAY_ITEM) return cursor.fail("an array of records was expected");
    const { length } = cursor;
    cursor.enter();
    for (let i = 0; cursor.more(length, i); i++) {
      const row = this.#rows.next();
      if (row < 0) return cursor.fail(this.#rows.reason);
      this.#child(shape, row);
    }
    cursor.leave();
  }
}

function shapeOf({ wanted, children, each }: PathNode): Shape {
  return {
    takers: wanted.map((one) => new TreeTaker(one)),
    children: new Map(Array.from(children, ([key, child]) => [key, shapeOf(child)])),
    each: each && shapeOf(each),
  };
}
