// A rule that cannot go on.

/** A rule threw what was no data error: the pipeline is of no further use. */
export class RuleFailure extends Error {
  readonly rule: string;

  constructor(rule: string, cause: unknown) {
    super(`rule ${rule} failed`, { cause });
    this.rule = rule;
  }

  /** What the rule threw. */
  get reason(): string {
    return this.cause instanceof Error ? this.cause.message : String(this.cause);
  }
}
