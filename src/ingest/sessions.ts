// SessionTable: which MQTT sessions exist, across restarts. For a publisher a session is no more than "existence and
// expiry", but it must survive: a 5.0 client that is told Session Present = 0 throws its unacknowledged messages away.
//
// - A session has a number, new with every clean start and unique for ever (also across restarts), so that a packet id
//   of an older session never matches.
// - A new durable session is on disk before its CONNACK; other changes (resumed, disconnected, ended) follow grouped,
//   one request to the store at a time, the newest state of a session only.
// - Expiry runs on the monotonic clock: a leap of the wall clock ends no session. Time while stopped is taken from the
//   wall clock, at least 0; a session that was connected at the last end counts from this start.
// - When the table is full, the session that has been disconnected for longest goes (counted, logged).

import { randomInt } from "node:crypto";

import type { Clock } from "../core/clock.ts";
import { SESSIONS_MAX } from "../core/limits.ts";
import type { Logger } from "../core/log.ts";
import type { SessionRecord } from "../core/protocol.ts";
import { NEVER_EXPIRES } from "./connect-packet.ts";
import { type SessionStore, SessionWriter } from "./session-writer.ts";

export interface SessionTableOptions {
  readonly store: SessionStore;
  /** Sessions that the store holds. */
  readonly existing: readonly SessionRecord[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly maxSessions?: number;
  /** The first session's number; by default random, so that no two processes share one. */
  readonly firstSession?: number;
}

/** A connection that uses a session. */
export interface SessionHolder {
  /** Another connection of the same client id takes the session over: close now. */
  takenOver(): void;
}

/** One session. Read-only outside this file. */
export interface Session {
  readonly source: string;
  readonly clientId: string;
  readonly number: number;
  expirySeconds: number;
  /** Durable sessions: the store has confirmed it. */
  saved: boolean;
  holder: SessionHolder | undefined;
  /** Monotonic and wall clock of the disconnect; undefined while connected. */
  disconnected: { readonly monotonicMs: number; readonly wallMs: number } | undefined;
  /** See SessionRecord. */
  filters: readonly string[] | undefined;
}

export interface SessionRequest {
  readonly source: string;
  readonly clientId: string;
  readonly cleanStart: boolean;
  /** 0: ends with the connection. */
  readonly expirySeconds: number;
  readonly holder: SessionHolder;
}

/** What `open` found or made. */
export interface OpenedSession {
  readonly session: Session;
  readonly present: boolean;
}

// Two processes would have to draw within a million numbers of each other to meet.
const FIRST_SESSION_MAX = 2 ** 47;

/** See the header. */
export class SessionTable {
  readonly stats: { sessions: number; evicted: number; expired: number } = {
    sessions: 0,
    evicted: 0,
    expired: 0,
  };
  readonly #options: SessionTableOptions;
  readonly #sessions = new Map<string, Session>();
  /** Those without a connection, the one disconnected for longest first. */
  readonly #idle = new Map<string, Session>();
  #nextNumber: number;
  readonly #writer: SessionWriter;

  constructor(options: SessionTableOptions) {
    this.#options = options;
    this.#writer = new SessionWriter(options.store);
    this.#nextNumber = options.firstSession ?? randomInt(FIRST_SESSION_MAX);
    const byAge = options.existing.toSorted(
      (a, b) => (a.disconnectedAtMs ?? Infinity) - (b.disconnectedAtMs ?? Infinity),
    );
    for (const record of byAge) this.#restore(record);
    this.stats.sessions = this.#sessions.size;
  }

  /**
   * Opens the session of a client that connects; a connection that holds it is taken over. `ready` runs at once, or
   * when the new durable session is on disk. undefined: the table is full of connected sessions.
   */
  open(request: SessionRequest, ready: (opened: OpenedSession) => void): Session | undefined {
    const key = keyOf(request.source, request.clientId);
    const found = this.#sessions.get(key);
    found?.holder?.takenOver();
    // Taking over may have ended it.
    const resumed = request.cleanStart ? undefined : this.#unexpired(key);
    if (resumed !== undefined) {
      const wasDurable = isDurable(resumed);
      resumed.holder = request.holder;
      resumed.disconnected = undefined;
      resumed.expirySeconds = request.expirySeconds;
      this.#idle.delete(key);
      const opened = { session: resumed, present: true };
      const waits = isDurable(resumed) && !resumed.saved;
      if (!waits) ready(opened);
      if (isDurable(resumed)) this.#save(key, resumed, waits ? () => ready(opened) : undefined);
      else if (wasDurable) this.#delete(key, resumed);
      return resumed;
    }
    return this.#create(key, request, ready);
  }

  /** The connection of `session` ended; `expirySeconds` when the client changed it. */
  close(
    session: Session,
    holder: SessionHolder,
    expirySeconds: number = session.expirySeconds,
  ): void {
    if (session.holder !== holder) return;
    const key = keyOf(session.source, session.clientId);
    const wasDurable = isDurable(session);
    session.holder = undefined;
    session.expirySeconds = expirySeconds;
    if (!isDurable(session)) {
      this.#remove(key, session, wasDurable);
      return;
    }
    const { clock } = this.#options;
    session.disconnected = { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() };
    this.#idle.set(key, session);
    this.#save(key, session);
  }

  /** Client mode: the broker has confirmed these subscriptions. */
  setFilters(session: Session, filters: readonly string[]): void {
    session.filters = filters;
    this.#save(keyOf(session.source, session.clientId), session);
  }

  /** Ends expired sessions. Call now and then; `open` checks the one it needs by itself. */
  sweep(): void {
    for (const key of this.#idle.keys()) this.#unexpired(key);
  }

  /** The store has lost what it was given and has not confirmed (its worker died): gives it again. */
  retry(): void {
    this.#writer.retry();
  }

  #create(
    key: string,
    request: SessionRequest,
    ready: (opened: OpenedSession) => void,
  ): Session | undefined {
    const old = this.#sessions.get(key);
    if (old === undefined && !this.#hasRoom()) return undefined;
    const session: Session = {
      source: request.source,
      clientId: request.clientId,
      number: this.#nextNumber++,
      expirySeconds: request.expirySeconds,
      saved: false,
      holder: request.holder,
      disconnected: undefined,
      filters: undefined,
    };
    this.#idle.delete(key);
    this.#sessions.set(key, session);
    this.stats.sessions = this.#sessions.size;
    const opened = { session, present: false };
    if (isDurable(session)) {
      this.#save(key, session, () => ready(opened));
    } else {
      if (old !== undefined && isDurable(old)) this.#delete(key, old);
      ready(opened);
    }
    return session;
  }

  #hasRoom(): boolean {
    if (this.#sessions.size < (this.#options.maxSessions ?? SESSIONS_MAX)) return true;
    const oldest = this.#idle.entries().next().value;
    if (oldest === undefined) return false;
    const [key, session] = oldest;
    this.stats.evicted++;
    this.#options.logger.warn("too many MQTT sessions: the one disconnected for longest is ended", {
      source: session.source,
      clientId: session.clientId,
    });
    this.#remove(key, session, true);
    return true;
  }

  #restore(record: SessionRecord): void {
    const { clock } = this.#options;
    const wallMs = clock.wallMs();
    const elapsedMs = Math.max(0, wallMs - (record.disconnectedAtMs ?? wallMs));
    const session: Session = {
      source: record.source,
      clientId: record.clientId,
      number: record.session,
      expirySeconds: record.expirySeconds,
      saved: true,
      holder: undefined,
      disconnected: {
        monotonicMs: clock.monotonicMs() - elapsedMs,
        wallMs: record.disconnectedAtMs ?? wallMs,
      },
      filters: record.filters,
    };
    const key = keyOf(record.source, record.clientId);
    this.#sessions.set(key, session);
    this.#idle.set(key, session);
    this.#nextNumber = Math.max(this.#nextNumber, record.session + 1);
  }

  #unexpired(key: string): Session | undefined {
    const session = this.#sessions.get(key);
    if (session?.disconnected === undefined) return session;
    const idleMs = this.#options.clock.monotonicMs() - session.disconnected.monotonicMs;
    const lasts = session.expirySeconds === NEVER_EXPIRES || idleMs < session.expirySeconds * 1000;
    if (lasts) return session;
    this.stats.expired++;
    this.#remove(key, session, true);
    return undefined;
  }

  #remove(key: string, session: Session, wasDurable: boolean): void {
    this.#sessions.delete(key);
    this.#idle.delete(key);
    this.stats.sessions = this.#sessions.size;
    if (wasDurable) this.#delete(key, session);
  }

  #save(key: string, session: Session, ready?: () => void): void {
    const record = {
      source: session.source,
      clientId: session.clientId,
      session: session.number,
      expirySeconds: session.expirySeconds,
      disconnectedAtMs: session.disconnected?.wallMs,
      filters: session.filters,
    };
    this.#writer.write(key, { kind: "save", record }, () => {
      session.saved = true;
      ready?.();
    });
  }

  #delete(key: string, session: Session): void {
    const { source, clientId } = session;
    this.#writer.write(key, { kind: "delete", source, clientId });
  }
}

function isDurable(session: Session): boolean {
  return session.expirySeconds > 0;
}

function keyOf(source: string, clientId: string): string {
  return `${source}\0${clientId}`;
}
