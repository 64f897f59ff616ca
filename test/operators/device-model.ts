// A model of tables with watermark options: flat lists, everything looked at for every row, nothing shared with the
// operators. One query over a table of devices, each device in one of its states.

/** What happens, at a time that never goes back. */
export type Happening =
  | { readonly kind: "row"; readonly at: number; readonly device: string; readonly ts: number }
  | { readonly kind: "tick" | "down" | "up"; readonly at: number };

/** A query: windows of devices or of the whole table, and possibly windows over the results of all devices. */
export interface ModelQuery {
  /** All windows [start, end) of a time; for sessions the one of the row alone. */
  readonly windowsOf: (time: number) => readonly (readonly [number, number])[];
  readonly isSession: boolean;
  readonly byDevice: boolean;
  /** Size of the windows in which the results of all devices are summed up. */
  readonly summedUp: number | undefined;
}

export interface ModelOptions {
  readonly idleTimeoutMs: number;
  readonly delayMs: number;
}

interface Device {
  readonly name: string;
  watermark: number;
  seen: number;
  /** Which row was its last. */
  order: number;
  isSilent: boolean;
  counts: boolean;
}

interface OpenWindow {
  readonly device: string;
  start: number;
  end: number;
  count: number;
}

export class DeviceModel {
  readonly rows: string[] = [];
  late: number = 0;
  table: number = Number.NEGATIVE_INFINITY;
  readonly #query: ModelQuery;
  readonly #options: ModelOptions;
  readonly #devices: Device[] = [];
  #open: OpenWindow[] = [];
  #sums: OpenWindow[] = [];
  #heard: number | undefined;
  #stoppedAt = -Infinity;
  #isDown = false;
  #rowCount = 0;

  constructor(query: ModelQuery, options: ModelOptions) {
    this.#query = query;
    this.#options = options;
  }

  happen(what: Happening): void {
    const isTimePassing = what.kind === "row" || what.kind === "tick";
    if (isTimePassing && !this.#isDown) this.#passTime(what.at);
    if (what.kind === "row") this.#row(what.device, what.ts, what.at);
    if (what.kind === "down") this.#isDown = true;
    if (what.kind !== "up") return;
    this.#isDown = false;
    this.#heard = what.at;
    this.#stoppedAt = this.table;
    for (const device of this.#devices) if (!device.isSilent) device.seen = what.at;
  }

  endOfInput(): void {
    this.#closeUpTo(Infinity);
  }

  #row(name: string, ts: number, at: number): void {
    let device = this.#devices.find((each) => each.name === name);
    if (device === undefined) {
      device = { name, watermark: this.table, seen: at, order: 0, isSilent: false, counts: true };
      this.#devices.push(device);
    }
    this.#heard = at;
    this.#stoppedAt = this.table;
    device.seen = at;
    device.order = this.#rowCount++;
    device.isSilent = false;
    this.#count(name, ts, this.#query.byDevice ? device.watermark : this.table);
    device.watermark = Math.max(device.watermark, ts - this.#options.delayMs);
    if (device.watermark >= this.table) device.counts = true;
    this.#fireOf(device);
    this.#raiseTable();
  }

  #count(name: string, ts: number, watermark: number): void {
    const device = this.#query.byDevice ? name : "";
    const touches = (each: OpenWindow, [start, end]: readonly [number, number]): boolean =>
      this.#query.isSession
        ? each.start <= end && each.end >= start
        : each.start === start && each.end === end;
    let isCounted = false;
    for (const window of this.#query.windowsOf(ts)) {
      const found = this.#open.filter((each) => each.device === device && touches(each, window));
      if (found.length === 0 && window[1] - 1 <= watermark) continue;
      isCounted = true;
      this.#open = this.#open.filter((each) => !found.includes(each));
      this.#open.push({
        device,
        start: Math.min(window[0], ...found.map((each) => each.start)),
        end: Math.max(window[1], ...found.map((each) => each.end)),
        count: found.reduce((sum, each) => sum + each.count, 1),
      });
    }
    if (!isCounted) this.late++;
  }

  #passTime(at: number): void {
    const { idleTimeoutMs } = this.#options;
    for (;;) {
      const [first] = this.#devices
        .filter(({ isSilent, seen }) => !isSilent && seen + idleTimeoutMs <= at)
        .sort((a, b) => a.seen - b.seen || a.order - b.order);
      if (first === undefined) break;
      first.isSilent = true;
      first.counts = false;
      this.#raiseTable();
    }
    if (this.#devices.some(({ isSilent }) => !isSilent)) return;
    if (this.#heard === undefined || this.#heard + idleTimeoutMs > at) return;
    this.#closeUpTo(this.#stoppedAt === -Infinity ? Infinity : this.#stoppedAt + at - this.#heard);
  }

  /** Everything is silent: what is open closes, the least first, up to a watermark. */
  #closeUpTo(limit: number): void {
    for (;;) {
      const ends = (windows: OpenWindow[]): number =>
        Math.min(Infinity, ...windows.map((w) => w.end - 1));
      const device = this.#query.byDevice ? ends(this.#open) : Infinity;
      const table = Math.min(this.#query.byDevice ? Infinity : ends(this.#open), ends(this.#sums));
      const due = Math.min(device, table);
      if (due > limit || due === Infinity) return;
      if (device <= table) {
        for (const each of this.#devices) {
          const isDue = this.#open.some((w) => w.device === each.name && w.end - 1 === due);
          if (!isDue) continue;
          each.watermark = Math.max(each.watermark, due);
          this.#fireOf(each);
        }
      } else {
        this.table = Math.max(this.table, due);
        this.#fireTable();
      }
    }
  }

  #raiseTable(): void {
    const counting = this.#devices.filter(({ counts }) => counts);
    if (counting.length === 0) return;
    const least = Math.min(...counting.map(({ watermark }) => watermark));
    if (least <= this.table) return;
    this.table = least;
    this.#stoppedAt = least;
    this.#fireTable();
  }

  #fireOf({ name, watermark }: Device): void {
    if (this.#query.byDevice)
      this.#fire((each) => each.device === name && each.end - 1 <= watermark);
  }

  #fireTable(): void {
    if (!this.#query.byDevice) this.#fire((each) => each.end - 1 <= this.table);
    const due = this.#sums.filter((each) => each.end - 1 <= this.table);
    this.#sums = this.#sums.filter((each) => !due.includes(each));
    for (const { start, count } of due) this.rows.push(`${start} ${count}`);
  }

  #fire(isDue: (window: OpenWindow) => boolean): void {
    const due = this.#open.filter(isDue).sort((a, b) => a.end - b.end);
    this.#open = this.#open.filter((each) => !due.includes(each));
    for (const each of due) this.#result(each);
  }

  #result({ device, start, end, count }: OpenWindow): void {
    const { byDevice, summedUp } = this.#query;
    if (summedUp === undefined) {
      this.rows.push(byDevice ? `${device} ${start} ${count}` : `${start} ${count}`);
      return;
    }
    const sumStart = Math.floor((end - 1) / summedUp) * summedUp;
    const sumEnd = sumStart + summedUp;
    const sum = this.#sums.find((each) => each.start === sumStart);
    if (sum !== undefined) sum.count += count;
    else if (sumEnd - 1 <= this.table) this.late++;
    else this.#sums.push({ device: "", start: sumStart, end: sumEnd, count });
  }
}
