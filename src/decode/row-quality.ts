// How good the rows of a profile are: `quality`, the worst of a row, and `quality_reasons`, which names every value that
// is not simply good. Judged where a rule reads one of them, and always where the profile watches its measurements
// (stuckFor, silentFor, flags), so that what is counted and remembered does not hang on the rules.

import type { ByteReader, ByteWriter } from "../core/bytes.ts";
import { QUALITIES, QUALITY_REASONS } from "../core/format/profile-decoding.ts";
import type {
  ClockReason,
  ProfileDecoding,
  ProfileResource,
  Quality,
  QualityReason,
} from "../core/format/profile-decoding.ts";
import { NULL, VALUE, WIDE } from "../core/row-batch.ts";
import type { Column, ValueColumn } from "../core/row-batch.ts";
import type { SqlValue } from "../core/types.ts";
import { mapMaker } from "./map-value.ts";
import { MeasurementHistory } from "./measurement-history.ts";
import type { DecodeTable } from "./table.ts";
import { isNull } from "./value-target.ts";

/** What the reasons say of the value that they name; bounds and flags have levels of their own. */
const LEVELS: Readonly<Record<ClockReason | "stuck" | "stale", Quality>> = {
  received: "good",
  unsynced: "uncertain",
  ahead: "uncertain",
  untrusted: "uncertain",
  stuck: "uncertain",
  stale: "uncertain",
};

interface Measurement {
  readonly name: string;
  readonly column: Column;
  readonly minimum: number;
  readonly maximum: number;
  /** Its index in the history; -1: it is not watched. */
  readonly watched: number;
  readonly isStickable: boolean;
}

interface Flag {
  readonly column: Column;
  readonly of: string;
  readonly quality: Quality;
}

export interface RowQualityOptions {
  readonly table: DecodeTable;
  readonly decoding: ProfileDecoding;
  /** By column index; undefined = not wanted. */
  readonly columns: readonly (Column | undefined)[];
}

const makeMap = mapMaker({ kind: "VARCHAR", length: 2_147_483_647, nullable: true });

/** The judge of one table. */
export class RowQuality {
  /** Values found, by reason. */
  readonly counts: Record<QualityReason, number>;
  readonly #quality: ValueColumn | undefined;
  readonly #reasonMaps: ValueColumn | undefined;
  readonly #isJudging: boolean;
  readonly #timeName: string;
  readonly #outOfRange: Quality;
  readonly #deviceCapture: number;
  readonly #measurements: readonly Measurement[];
  readonly #flags: readonly Flag[];
  readonly #history: MeasurementHistory | undefined;
  /** Names what is watched: a history of something else is not taken up. */
  readonly #signature: string;
  /** Of the row at hand. */
  #worst = 0;
  readonly #reasons = new Map<SqlValue, SqlValue>();
  readonly #levels = new Map<string, number>();

  constructor({ table, decoding, columns }: RowQualityOptions) {
    const { quality, resources, time } = decoding;
    this.counts = Object.fromEntries(
      QUALITY_REASONS.map((reason) => [reason, 0]),
    ) as typeof this.counts;
    this.#quality = valueColumn(columns[quality.column]);
    this.#reasonMaps = valueColumn(columns[quality.reasonsColumn]);
    this.#isJudging = isWatching(decoding) || (this.#quality ?? this.#reasonMaps) !== undefined;
    const nameOf = (column: number): string => table.columns[column]?.name ?? "";
    this.#timeName = nameOf(time.column);
    this.#outOfRange = quality.outOfRange;
    this.#deviceCapture = quality.deviceCapture;
    const watched = resources.filter(isWatched);
    this.#measurements = resources.flatMap((resource): Measurement[] => {
      const column = columns[resource.column];
      const { minimum = -Infinity, maximum = Infinity, stuckForMs } = resource;
      if (column === undefined || !(isWatched(resource) || isBounded(resource))) return [];
      return [
        {
          name: nameOf(resource.column),
          column,
          minimum,
          maximum,
          watched: watched.indexOf(resource),
          isStickable: stuckForMs !== undefined,
        },
      ];
    });
    this.#flags = quality.flags.flatMap(({ column: index, of, quality: level }) => {
      const column = columns[index];
      return column === undefined ? [] : [{ column, of: nameOf(of), quality: level }];
    });
    const spans = watched.map(({ stuckForMs = Infinity, silentForMs = Infinity }) => {
      return { stuckForMs, silentForMs };
    });
    this.#history = watched.length === 0 ? undefined : new MeasurementHistory(spans);
    this.#signature = JSON.stringify(watched.map((each) => [nameOf(each.column), each]));
  }

  /** Devices forgotten because of a bound. */
  get evictions(): number {
    return this.#history?.evictions ?? 0;
  }

  /** Judges row `row` at `eventMs`; `clock` is what is to be said of that time. */
  judge(
    row: number,
    eventMs: number,
    of: { readonly clock: ClockReason | undefined; readonly captures: readonly string[] },
  ): void {
    const { clock } = of;
    if (!this.#isJudging) {
      if (clock !== undefined) this.counts[clock]++;
      return;
    }
    this.#worst = 0;
    if (this.#reasons.size > 0) this.#reasons.clear();
    if (this.#levels.size > 0) this.#levels.clear();
    if (clock !== undefined) this.#mark(this.#timeName, clock, LEVELS[clock]);
    for (const { column, of: name, quality } of this.#flags) {
      if (isRaised(column, row)) this.#mark(name, "flag", quality);
    }
    this.#history?.row(of.captures[this.#deviceCapture] ?? "", eventMs);
    for (const measurement of this.#measurements) {
      this.#range(measurement, row);
      if (measurement.watched >= 0) this.#watch(measurement, row, eventMs);
    }
    if (this.#quality !== undefined) {
      this.#quality.values[row] = QUALITIES[this.#worst] as Quality;
    }
    if (this.#reasonMaps !== undefined && this.#reasons.size > 0) {
      this.#reasonMaps.values[row] = makeMap(this.#reasons);
    }
  }

  write(writer: ByteWriter): void {
    writer.text(this.#signature);
    for (const reason of QUALITY_REASONS) writer.varint(this.counts[reason]);
    this.#history?.write(writer);
  }

  /** Takes over what another judge has written, if that watched the same. */
  read(reader: ByteReader): void {
    if (reader.text() !== this.#signature) return;
    for (const reason of QUALITY_REASONS) this.counts[reason] = reader.varint();
    this.#history?.read(reader);
  }

  #range({ name, column, minimum, maximum }: Measurement, row: number): void {
    if (column.layout !== "number" || column.state[row] === NULL) return;
    const isWide = column.state[row] === WIDE;
    const value = isWide ? Number(column.wide.get(row)) : (column.values[row] as number);
    // Written so that NaN is out of range, too.
    if (value >= minimum && value <= maximum) return;
    this.#mark(name, "range", this.#outOfRange);
  }

  #watch({ name, column, watched, isStickable }: Measurement, row: number, eventMs: number): void {
    const history = this.#history as MeasurementHistory;
    if (isNull(column, row)) {
      if (history.isStale(watched, eventMs)) this.#mark(name, "stale", LEVELS.stale);
    } else if (!isStickable || column.layout !== "number" || column.state[row] !== VALUE) {
      history.see(watched, eventMs);
    } else if (history.isStuck(watched, column.values[row] as number, eventMs)) {
      this.#mark(name, "stuck", LEVELS.stuck);
    }
  }

  /** Of several reasons for one value the worst is named, the first of those. */
  #mark(name: string, reason: QualityReason, quality: Quality): void {
    this.counts[reason]++;
    const level = QUALITIES.indexOf(quality);
    this.#worst = Math.max(this.#worst, level);
    if (level <= (this.#levels.get(name) ?? -1)) return;
    this.#levels.set(name, level);
    this.#reasons.set(name, reason);
  }
}

/** Columns that are needed to judge rows, where they are judged. */
export function qualityNeeds(decoding: ProfileDecoding, required: ReadonlySet<number>): number[] {
  const { quality, resources } = decoding;
  const isRead = required.has(quality.column) || required.has(quality.reasonsColumn);
  if (!isRead && !isWatching(decoding)) return [];
  const judged = resources.filter((resource) => isWatched(resource) || isBounded(resource));
  return [...judged, ...quality.flags].map(({ column }) => column);
}

function isWatching({ quality, resources }: ProfileDecoding): boolean {
  return quality.flags.length > 0 || resources.some(isWatched);
}

function isWatched({ stuckForMs, silentForMs }: ProfileResource): boolean {
  return stuckForMs !== undefined || silentForMs !== undefined;
}

function isBounded({ minimum, maximum }: ProfileResource): boolean {
  return minimum !== undefined || maximum !== undefined;
}

function isRaised(column: Column, row: number): boolean {
  return column.layout === "number" && column.state[row] === VALUE && column.values[row] !== 0;
}

function valueColumn(column: Column | undefined): ValueColumn | undefined {
  return column?.layout === "value" ? column : undefined;
}
