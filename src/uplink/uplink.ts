// The uplink: outbox rows into Kafka, exactly once (durable in the outbox until a transaction with them, and one
// more, has committed). Runs on the main thread; Kafka's state never holds up anything else.
//
//   opening ──▶ forwarding ──▶ (any error) back-off ──▶ opening
//      │
//      └─▶ fenced: another live copy of this gateway forwards (fence.ts). Looks every 10 min, takes over when it is silent

import type { Clock } from "../core/clock.ts";
import type { DeliveryMode } from "../core/delivery.ts";
import {
  TRANSACTION_TIMEOUT_MS,
  UPLINK_BACKOFF_MAX_MS,
  UPLINK_BACKOFF_MS,
  UPLINK_FENCED_CHECK_MS,
} from "../core/limits.ts";
import type { Logger } from "../core/log.ts";
import type { Lane, LaneState } from "../core/protocol.ts";
import { Auditor } from "./auditor.ts";
import { DrainEta } from "./drain-eta.ts";
import { Fence } from "./fence.ts";
import { Forwarder } from "./forwarder.ts";
import type { KafkaAddress } from "./kafka-client.ts";
import { asFailure } from "./kafka-error.ts";
import { Outage } from "./outage.ts";
import type { Outbox } from "./outbox.ts";
import { PartitionMemory } from "./partition-memory.ts";
import type { ProgressRecord, UplinkOwner } from "./progress.ts";
import type { ProgressHint } from "./progress-reader.ts";
import type { RegisterSchema } from "./schema-watch.ts";
import { UplinkSession, type SessionOptions } from "./session.ts";
import {
  newUplinkStats,
  StatusBoard,
  type Resumed,
  type UplinkListeners,
  type UplinkStats,
  type UplinkStatus,
} from "./status.ts";
import { Backoff, settled, Wake } from "./wake.ts";

export interface KafkaUplinkOptions extends UplinkListeners {
  readonly gatewayId: string;
  /** Asked at every opening: renewed credentials and certificates take effect without a restart. */
  readonly address: () => KafkaAddress;
  /** Default: over the network. */
  readonly connect?: SessionOptions["connect"];
  readonly owner: UplinkOwner;
  /** Kafka lanes in the order they leave. */
  readonly lanes: readonly Lane[];
  /** Topics that sinks write to; more may come with the rows. */
  readonly topics: readonly string[];
  readonly progressTopic: string;
  readonly createTopics: boolean;
  /** Registers a schema that rows are sent under; undefined: no registry is configured. */
  readonly register?: RegisterSchema | undefined;
  readonly delivery: DeliveryMode;
  /** By topic, what `outbox.noteTopics` was told last. */
  readonly topicPartitions: ReadonlyMap<string, number>;
  /** Default 15 s. */
  readonly transactionTimeoutMs?: number | undefined;
  readonly outbox: Outbox;
  readonly logger: Logger;
  readonly clock: Clock;
}

export class KafkaUplink {
  readonly stats: UplinkStats = newUplinkStats();
  readonly #options: KafkaUplinkOptions;
  readonly #board: StatusBoard;
  readonly #forwarder: Forwarder;
  readonly #auditor: Auditor;
  readonly #outage: Outage;
  readonly #partitions: PartitionMemory;
  readonly #fence: Fence;
  readonly #eta: DrainEta;
  readonly #backoff = new Backoff(UPLINK_BACKOFF_MS, UPLINK_BACKOFF_MAX_MS);
  readonly #pause = new Wake();
  readonly #abort = new AbortController();
  #loop: Promise<void> | undefined;
  #hint: ProgressHint | undefined;
  #isStopping = false;

  constructor(options: KafkaUplinkOptions) {
    this.#options = options;
    this.#board = new StatusBoard(options);
    this.#auditor = new Auditor({ ...options, board: this.#board, stats: this.stats });
    this.#outage = new Outage({ ...options, board: this.#board, auditor: this.#auditor });
    this.#partitions = new PartitionMemory(options, this.#auditor);
    this.#fence = new Fence(options.owner.bootId);
    this.#eta = new DrainEta(options.clock);
    this.#forwarder = new Forwarder({
      ...options,
      transactionTimeoutMs: options.transactionTimeoutMs ?? TRANSACTION_TIMEOUT_MS,
      stats: this.stats,
      register: options.register,
      onSchemaWaiting: (detail, isRejected) => {
        this.#board.alarm("uplink_schema_rejected", isRejected ? detail : undefined);
        this.#board.alarm("uplink_registry_unreachable", isRejected ? undefined : detail);
      },
      onMissingTopics: (topics) => this.#reportMissing(topics),
      onSlowRow: (detail) => this.#board.alarm("uplink_row_too_slow", detail),
      onCommitted: (filled) => {
        this.#backoff.reset();
        this.#outage.passed(true);
        this.#eta.committed(this.undeliveredRows, filled.isFull);
        this.#auditor.expired(filled.expired);
      },
      onAudit: async (session, audit) => {
        this.#auditor.cluster(audit, options.progressTopic);
        await this.#partitions.look(session);
      },
    });
  }

  get status(): UplinkStatus {
    return this.#board.status;
  }

  /** Rows in the outbox that are not known to be in Kafka: the backlog. */
  get undeliveredRows(): number {
    return this.#forwarder.undeliveredRows;
  }

  /** Seconds until the backlog has left; undefined where there is none, it does not shrink, or waits for a topic. */
  get drainSeconds(): number | undefined {
    const isHeldBack = this.status.missingTopics.length > 0;
    return isHeldBack ? undefined : this.#eta.seconds(this.undeliveredRows);
  }

  /** Begins to connect, and goes on trying until `stop`. */
  start(): void {
    this.#loop ??= this.#run();
  }

  /** Rows have become durable in these lanes. Cheap. */
  notify(lanes: readonly LaneState[]): void {
    this.#forwarder.note(lanes);
  }

  /**
   * An operator says: this copy, not the other one, is to forward; or, of a restored disk image: the rows that it puts
   * out from here on are new (`isFinal`: though a rule waits for devices that are missing). Rejects when the core
   * worker is gone.
   */
  async resume(isFinal: boolean): Promise<Resumed> {
    if (this.#fence.by !== undefined) {
      this.#fence.takeOver();
      this.#pause.wake();
      return "taking_over";
    }
    const { rollback } = this.#board.status;
    if (rollback === undefined || rollback.isOver) return "nothing";
    const after = await this.#options.outbox.endRollback(isFinal);
    this.#board.update({ rollback: after });
    return after?.isOver === false ? "still_withholding" : "rollback_ended";
  }

  /**
   * Lets the transaction under way end, or gives it up; resolves within `deadlineMs` whatever Kafka does. Rows not
   * confirmed stay in the outbox, and the next start finds out which of them have reached Kafka.
   */
  async stop(deadlineMs: number): Promise<void> {
    this.#isStopping = true;
    this.#forwarder.stop();
    this.#pause.wake();
    await settled(this.#loop, deadlineMs * 0.75);
    this.#abort.abort();
    await settled(this.#loop, deadlineMs * 0.2);
    this.#board.update({ connected: false, delivery: undefined });
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      let session: UplinkSession | undefined;
      try {
        if (this.#fence.by !== undefined) await this.#waitForSilence();
        else if ((session = await this.#open()) !== undefined) await this.#forwarder.run(session);
      } catch (error) {
        if (!this.#isStopping) {
          this.#failed(error);
          await this.#pause.wait(this.#backoff.next());
        }
      } finally {
        this.#eta.reset();
        session?.close();
      }
    }
  }

  /** A session to forward through, or undefined when another copy does that. */
  async #open(): Promise<UplinkSession | undefined> {
    const session = await UplinkSession.open(this.#sessionOptions(), {
      topics: async () => [
        ...new Set([...(await this.#forwarder.rewind()), ...this.#options.topics]),
      ],
      hint: this.#hint,
    });
    this.#hint = session.hint;
    this.stats.sessions++;
    const rival = this.#fence.check(session.progress);
    if (rival !== undefined) {
      session.close();
      this.#fenced(rival);
      return undefined;
    }
    try {
      await this.#reconcile(session);
    } catch (error) {
      session.close();
      throw error;
    }
    const { missingTopics, delivery } = session;
    this.#board.update({ connected: true, delivery, fenced: false });
    this.#auditor.opened(session);
    this.#board.alarm("uplink_fenced", undefined);
    this.#reportMissing(missingTopics);
    this.#outage.passed(delivery === "exactly-once");
    this.#options.logger.info("uplink connected", { delivery, missingTopics });
    return session;
  }

  /** Is the disk as new as Kafka? Rows that a restored image derives again must not leave again. */
  async #reconcile(session: UplinkSession): Promise<void> {
    const marks = session.progress.marks((record) => this.#fence.isRival(record));
    const rollback = await this.#options.outbox.reconcile(marks);
    this.#forwarder.judgeBy(rollback);
    const before = this.#board.status.rollback;
    if (JSON.stringify(before?.lost) === JSON.stringify(rollback?.lost)) return;
    this.#board.update({ rollback });
    if (rollback === undefined) return;
    this.#board.forgetAlarms();
    const { lost, sinceMs } = rollback;
    this.#auditor.note("rollback", "the disk is older than what Kafka has", { lost, sinceMs });
  }

  #fenced(by: ProgressRecord): void {
    const { hwSerial, dataDirId, bootId, time } = by.owner;
    const detail = `gateway id ${this.#options.gatewayId} is also used by hardware ${hwSerial}, data directory ${dataDirId}`;
    this.#board.update({ connected: false, delivery: undefined, fenced: true, lastError: detail });
    this.#board.alarm("uplink_fenced", detail);
    const fields = { hwSerial, dataDirId, bootId, time, self: this.#options.owner };
    this.#auditor.note("fenced", "another copy of this gateway forwards; this one stops", fields);
  }

  /** Looks, without fencing the other copy, whether it has written anything; when not, takes over. */
  async #waitForSilence(): Promise<void> {
    await this.#pause.wait(UPLINK_FENCED_CHECK_MS);
    if (this.#isStopping || this.#fence.by === undefined) return;
    this.#fence.isSilent(await UplinkSession.look(this.#sessionOptions(), this.#hint));
  }

  #sessionOptions(): SessionOptions {
    const { gatewayId, progressTopic, createTopics, delivery, clock, address, connect } =
      this.#options;
    return {
      connect,
      gatewayId,
      progressTopic,
      createTopics,
      delivery,
      progressPartitions: this.#partitions.known(progressTopic),
      address: address(),
      transactionTimeoutMs: this.#forwarder.transactionTimeoutMs,
      wallMs: () => clock.wallMs(),
      monotonicMs: () => clock.monotonicMs(),
      signal: this.#abort.signal,
      onLinkLost: () => this.#forwarder.linkLost(),
    };
  }

  #failed(thrown: unknown): void {
    const error = asFailure("uplink", thrown);
    this.stats.failures++;
    const missing = error.context["missingTopics"];
    if (Array.isArray(missing)) this.#reportMissing(missing as string[]);
    this.#outage.failed(error);
  }

  #reportMissing(topics: readonly string[]): void {
    this.#board.update({ missingTopics: topics });
    this.#board.alarm("uplink_topic_missing", topics.length > 0 ? topics.join(", ") : undefined);
  }
}
