// Histories added up: a line of progress now and then, and a line in the ledger for every thousand, which counts for as
// long as the source is the same. Ledgers are joined as those of the faults are.

import { ledgerFiles, LedgerLines } from "../faults/ledger.ts";
import { isClean, type History } from "./history.ts";

export interface CampaignRecord {
  readonly from: number;
  count: number;
  failed: number;
  acknowledged: number;
  lost: number;
  duplicated: number;
  wrong: number;
  digestMismatches: number;
  readonly injected: Record<string, number>;
  seconds: number;
  /** ISO 8601. */
  at: string;
  readonly commit: string;
  /** Hash of everything below src/. */
  readonly source: string;
}

const PROGRESS_EVERY = 100;

export class Campaign {
  readonly #record: CampaignRecord;
  readonly #startedMs = performance.now();
  readonly #startedCpu = process.cpuUsage();

  constructor(of: Pick<CampaignRecord, "from" | "commit" | "source">) {
    this.#record = {
      ...of,
      count: 0,
      failed: 0,
      acknowledged: 0,
      lost: 0,
      duplicated: 0,
      wrong: 0,
      digestMismatches: 0,
      injected: {},
      seconds: 0,
      at: "",
    };
  }

  add(history: History): void {
    const record = this.#record;
    record.count++;
    if (!isClean(history)) record.failed++;
    record.acknowledged += history.acknowledged;
    record.lost += history.lost;
    record.duplicated += history.duplicated;
    record.wrong += history.wrong;
    record.digestMismatches += history.digestMismatches;
    for (const [kind, count] of Object.entries(history.injected)) {
      record.injected[kind] = (record.injected[kind] ?? 0) + count;
    }
    if (record.count % PROGRESS_EVERY === 0) process.stderr.write(`${this.text()}\n`);
  }

  /** Writes it down. */
  end(): void {
    const record = this.#record;
    record.seconds = this.#seconds();
    record.at = new Date().toISOString();
    campaignLedger().append(record);
  }

  text(): string {
    const record = this.#record;
    const { user, system } = process.cpuUsage(this.#startedCpu);
    const perSecond = (record.count / this.#seconds()).toFixed(1);
    const cpuMs = ((user + system) / 1000 / record.count).toFixed(0);
    return `${scoreText([record])}; ${perSecond} histories/s, ${cpuMs} ms of CPU each`;
  }

  #seconds(): number {
    return (performance.now() - this.#startedMs) / 1000;
  }
}

/** All that were counted, here or for the published page. */
export function campaignLedger(): LedgerLines<CampaignRecord> {
  return new LedgerLines(ledgerFiles("simulation"));
}

/** Those on this source. */
export function campaignsOf(source: string): CampaignRecord[] {
  return campaignLedger().records.filter((record) => record.source === source);
}

export function scoreText(records: readonly CampaignRecord[]): string {
  const sum = (of: (record: CampaignRecord) => number): number =>
    records.reduce((total, record) => total + of(record), 0);
  const events = sum(({ injected }) => Object.values(injected).reduce((a, b) => a + b, 0));
  return (
    `${sum(({ count }) => count)} histories (${sum(({ failed }) => failed)} failed), ${events} events, ` +
    `${sum(({ acknowledged }) => acknowledged)} messages acknowledged, ${sum(({ lost }) => lost)} lost, ` +
    `${sum(({ duplicated }) => duplicated)} duplicated, ${sum(({ wrong }) => wrong)} wrong, ` +
    `${sum(({ digestMismatches }) => digestMismatches)} digest mismatches`
  );
}
