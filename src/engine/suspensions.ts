// Rules that fail, and come back. One that throws is suspended by a `config` entry with its state, and the work is done
// again without it. Once it is another (its text has changed, or the engine), it catches up step by step between
// batches, and joins the others with a `config` entry that holds its state.

import type { Clock } from "../core/clock.ts";
import { CATCH_UP_STEP_MS } from "../core/limits.ts";
import type { Logger } from "../core/log.ts";
import type { Store } from "../store/store.ts";
import type { CarefulStart } from "./careful.ts";
import { CatchUp } from "./catch-up.ts";
import type { Gap, Position, Repaired } from "./catch-up.ts";
import { encodeConfigEntry, isRepaired, suspend, suspensionsText } from "./config-entry.ts";
import type { Joining } from "./config-entry.ts";
import type { Checkpoint, Ledger, Unit } from "./ledger.ts";
import type { LaneBlob } from "./outputs.ts";
import { RuleFailure } from "./rule-failure.ts";
import type { FindDeadly } from "./trial.ts";
import type { Recovered, Recovery } from "./recovery.ts";

export interface SuspensionsParts {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly recovery: Recovery;
  readonly careful: CarefulStart;
  readonly clock: Clock;
  readonly log: Logger;
  /** What a process that runs a trial dies of. */
  readonly findDeadly: FindDeadly;
  /** What is in force. */
  state(): Recovered;
  replace(state: Recovered): void;
  commit(unit: Unit): void;
  checkpoint(): Checkpoint;
  /** Writes an alarm about the gateway into the pipeline's outputs. */
  alarm(kind: string, detail: string | undefined): void;
}

/** Key of the store's meta table. */
const CAUGHT_UP = "caught-up";
/** Kinds of alarms. */
const SUSPENDED = "rule_suspended";
const GAP = "rule_gap";

/**
 * By rule that is suspended: through which entry its rows are out, whichever of its texts has put them out. Of several:
 * one repaired later may come before one that had begun.
 */
type CaughtUp = Readonly<Record<string, Position>>;

export class Suspensions {
  readonly #parts: SuspensionsParts;
  #catchUp: CatchUp | undefined;

  constructor(parts: SuspensionsParts) {
    this.#parts = parts;
    this.#holdJournal();
  }

  /** Does `work`; a rule that fails is suspended, and the work done again on the pipeline that is then in force. */
  during<T>(work: () => T): T {
    for (;;) {
      try {
        return work();
      } catch (error) {
        if (!(error instanceof RuleFailure)) throw error;
        this.#suspend(error);
      }
    }
  }

  /** At a start: the alarm goes when no rule is suspended. */
  begin(): void {
    const { state, alarm } = this.#parts;
    if (state().inForce.suspended.size === 0) alarm(SUSPENDED, undefined);
  }

  /** A rule is catching up. */
  get isBehind(): boolean {
    return this.#repaired.length > 0;
  }

  /** Entries that a rule has to run before it joins the others; undefined: it is not catching up. */
  behind(rule: string): number | undefined {
    if (this.#catchUp?.repaired.plan.name === rule) return this.#catchUp.behind;
    const waiting = this.#repaired.find(({ plan }) => plan.name === rule);
    return waiting && this.#parts.store.journalRange.last - waiting.at.sequence;
  }

  /** Of all rules. */
  get entriesBehind(): number {
    return this.#repaired.reduce((sum, { plan }) => sum + (this.behind(plan.name) ?? 0), 0);
  }

  /** The repaired rule runs on a little. Commits what it has put out; gives lines for stdout. */
  step(): readonly string[] {
    const catchUp = this.#current();
    if (catchUp === undefined) return [];
    const { clock, commit } = this.#parts;
    const untilMs = clock.monotonicMs() + CATCH_UP_STEP_MS;
    try {
      const { blobs: outbox, lines } = catchUp.run(() => clock.monotonicMs() >= untilMs);
      if (catchUp.behind === 0) this.#join(catchUp, outbox);
      else if (outbox.length > 0) commit({ outbox, meta: this.#through(catchUp) });
      return lines;
    } catch (error) {
      if (!(error instanceof RuleFailure)) throw error;
      this.#failedAgain(catchUp, error);
      return [];
    }
  }

  /** The one at work, made anew when what it may put out has changed meanwhile. */
  #current(): CatchUp | undefined {
    const [next] = this.#repaired;
    if (next === undefined) return undefined;
    const { state, log, alarm, commit } = this.#parts;
    const { pipeline } = state();
    const { name } = next.plan;
    const frontierMs = pipeline.frontiers.of(name).ms;
    const known = this.#catchUp;
    const isGoingOn = known?.repaired.plan === next.plan;
    const isOvertaken = isGoingOn && known.isOvertaken;
    if (isGoingOn && !isOvertaken && known.frontierMs === frontierMs) return known;
    // Its rows are out as far as it has come; its open windows are those of entries that are gone.
    if (isOvertaken) commit({ meta: this.#through(known) });
    const catchUp = this.#make(next);
    this.#catchUp = catchUp;
    if (isGoingOn && !isOvertaken) return catchUp;
    const { gap, position: from, behind } = catchUp;
    log.info("a repaired rule catches up", { rule: name, from, behind });
    if (gap !== undefined) {
      log.error("a rule has missed what the journal no longer has", { rule: name, ...gap });
      alarm(GAP, gapText(name, gap));
      commit({ outbox: pipeline.takeOutput().blobs });
    }
    return catchUp;
  }

  #make(repaired: Repaired): CatchUp {
    const { state, ...parts } = this.#parts;
    const { pipeline, inForce } = state();
    const frontierMs = pipeline.frontiers.of(repaired.plan.name).ms;
    const { schemas } = pipeline;
    const known = { frontierMs, schemas, through: this.#known(repaired) };
    return new CatchUp({ ...parts, inForce, repaired, ...known });
  }

  get #repaired(): Repaired[] {
    const { ruleSet, suspended } = this.#parts.state().inForce;
    return ruleSet.rules.flatMap((plan) => {
      const suspension = suspended.get(plan.name);
      if (suspension?.at === undefined || !isRepaired(plan, suspension)) return [];
      const { at, engineVersion } = suspension;
      return [{ plan, at, engineVersion }];
    });
  }

  #known({ plan: { name } }: Repaired): Position | undefined {
    const known = this.#caughtUp;
    return Object.hasOwn(known, name) ? known[name] : undefined;
  }

  get #caughtUp(): CaughtUp {
    return JSON.parse(this.#parts.store.meta.get(CAUGHT_UP) ?? "{}") as CaughtUp;
  }

  /** What is to be remembered from now on: the rule is as far as that. */
  #through({ repaired, at }: CatchUp): Readonly<Record<string, string>> {
    const { suspended } = this.#parts.state().inForce;
    const known = { ...this.#caughtUp, [repaired.plan.name]: at };
    const waiting = Object.entries(known).filter(([rule]) => suspended.has(rule));
    return { [CAUGHT_UP]: JSON.stringify(Object.fromEntries(waiting) satisfies CaughtUp) };
  }

  #join(catchUp: CatchUp, outbox: readonly LaneBlob[]): void {
    const { recovery, state, replace, log } = this.#parts;
    const { name } = catchUp.repaired.plan;
    const { joining } = catchUp;
    replace(recovery.withRule(state(), name, joining));
    log.info("a repaired rule has caught up", { rule: name });
    this.#comeIntoForce({ outbox, catchUp, joining });
  }

  /** The work that a rule fails at is done without it from then on; its state is as it was before. */
  #suspend(failure: RuleFailure): void {
    const { recovery, careful, ledger, state, replace } = this.#parts;
    this.#log(failure);
    const { digestMismatches } = state();
    const recovered = recovery.withoutRule(recovery.recover(), failure, ledger.nowMs);
    careful.end();
    replace({
      ...recovered,
      digestMismatches: Math.max(digestMismatches, recovered.digestMismatches),
    });
    this.#comeIntoForce({});
  }

  /** It has come further, and waits there to be repaired once more. */
  #failedAgain(failed: CatchUp, failure: RuleFailure): void {
    const { careful, state, replace } = this.#parts;
    this.#log(failure);
    careful.end();
    const { catchUp, outbox } = this.#asFarAs(failed);
    const { inForce } = state();
    replace({ ...state(), inForce: suspend(inForce, failure, catchUp.from) });
    this.#comeIntoForce({ outbox, catchUp });
  }

  /** What it had not committed went with it. One that does not fail at the same row each time comes less far now. */
  #asFarAs({ repaired, position }: CatchUp): Required<Pick<Change, "catchUp" | "outbox">> {
    const catchUp = this.#make(repaired);
    try {
      return { catchUp, outbox: catchUp.runTo(position).blobs };
    } catch (error) {
      if (!(error instanceof RuleFailure)) throw error;
      return this.#asFarAs(catchUp);
    }
  }

  /** Journals what is in force now. */
  #comeIntoForce({ outbox = [], catchUp, joining }: Change): void {
    const { ledger, state, alarm, commit, checkpoint } = this.#parts;
    const { inForce, pipeline } = state();
    const isNone = inForce.suspended.size === 0;
    alarm(SUSPENDED, isNone ? undefined : suspensionsText(inForce));
    const data = encodeConfigEntry(inForce, joining);
    this.#catchUp = undefined;
    commit({
      journal: [ledger.entry("config", { data })],
      outbox: [...outbox, ...pipeline.takeOutput().blobs],
      checkpoint: checkpoint(),
      ...(catchUp === undefined ? {} : { meta: this.#through(catchUp) }),
    });
    this.#holdJournal();
  }

  /** What a repaired rule has still to run is kept for it, within bounds. */
  #holdJournal(): void {
    this.#parts.store.holdJournal(this.isBehind);
  }

  #log({ rule, reason, cause }: RuleFailure): void {
    const error = cause instanceof Error ? cause.stack : reason;
    this.#parts.log.error("a rule failed and is suspended", { rule, error });
  }
}

/** What comes into force, with what commits with it. */
interface Change {
  readonly outbox?: readonly LaneBlob[];
  readonly catchUp?: CatchUp;
  readonly joining?: Joining;
}

function gapText(rule: string, { entries, fromMs, toMs }: Gap): string {
  const [from, to] = [fromMs, toMs].map((ms) => new Date(ms).toISOString());
  return `${rule} has missed ${entries} journal entries, from ${from} to ${to}: they are no longer kept`;
}
