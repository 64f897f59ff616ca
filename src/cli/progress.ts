// How far a long run is, for a person at a terminal: one line on stderr that is written over. Nothing is shown where
// stderr goes into a file, and nothing of a run that is soon over.

const FIRST_AFTER_MS = 1000;
const EVERY_MS = 250;

export interface ProgressOptions {
  readonly stream: { readonly isTTY?: boolean; write(text: string): unknown };
  /** Monotonic. */
  readonly nowMs: () => number;
}

export class Progress {
  readonly #options: ProgressOptions;
  readonly #startMs: number;
  #nextMs: number;
  #isShown = false;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#startMs = options.nowMs();
    this.#nextMs = this.#startMs + FIRST_AFTER_MS;
  }

  /** Shows how far it is, if it is time. `of` is 0 where the size is not known. */
  update(events: number, { bytes, of }: { readonly bytes: number; readonly of: number }): void {
    const { stream, nowMs } = this.#options;
    if (stream.isTTY !== true || nowMs() < this.#nextMs) return;
    const elapsedMs = nowMs() - this.#startMs;
    this.#nextMs = nowMs() + EVERY_MS;
    this.clear();
    const share = of > 0 ? `${Math.floor((100 * bytes) / of)} %, ` : "";
    const rate = Math.round((events * 1000) / elapsedMs);
    const left =
      bytes > 0 && bytes <= of ? `, ${leftText((elapsedMs * (of - bytes)) / bytes)}` : "";
    stream.write(`${share}${grouped(events)} events, ${grouped(rate)} a second${left}`);
    this.#isShown = true;
  }

  /** Takes the line away: before something else is written, and at the end. */
  clear(): void {
    if (this.#isShown) this.#options.stream.write("\r\u001b[K");
    this.#isShown = false;
  }
}

function leftText(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return seconds < 100 ? `${seconds} s left` : `${Math.ceil(seconds / 60)} min left`;
}

function grouped(value: number): string {
  return value.toLocaleString("en");
}
