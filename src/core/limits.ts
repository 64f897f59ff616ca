// Every bound in one place, with its reason. What overflows has a policy and a metric where the bound is used.
// Units are suffixes. Sections follow the data path.

// --- ingest

/** A batch closes at this many messages: enough that one fsync costs each message well under a microsecond. */
export const BATCH_MESSAGES = 4096;
/** … or at this many payload bytes: two batches in flight stay a small part of the memory budget. */
export const BATCH_BYTES: number = 1024 * 1024;
/**
 * How long a batch waits for more after its first message, while the flash budget is kept … A commit costs half a
 * millisecond of CPU and about 10 kB of flash whatever it holds: 20 ms would cost a quarter more CPU at 10,000
 * messages/s and twice the flash at 50/s, for PUBACKs that no telemetry device waits for.
 */
export const BATCH_LINGER_MS = 50;
/** … and at the most, while it is not. */
export const BATCH_LINGER_MAX_MS = 2000;
/** What was written to the card is averaged over this long. */
export const FLASH_WINDOW_MS = 3_600_000;
/** Batches handed to the core worker and not yet committed. This bound is the back-pressure. */
export const BATCHES_IN_FLIGHT = 2;
/** A larger PUBLISH is read through, not kept: topic, length and first bytes become a dead letter. */
export const PACKET_BYTES: number = 1024 * 1024;
/** A packet above this is refused from its header alone: nobody sends such telemetry in good faith. */
export const REFUSED_PACKET_BYTES: number = 16 * 1024 * 1024;
/** What is kept of the payload of a PUBLISH above PACKET_BYTES: enough to recognise it by. */
export const TRUNCATED_PAYLOAD_BYTES = 4096;
/** All packets but PUBLISH. A CONNECT with a long will fits; a claim of 256 MB is refused before allocation. */
export const CONTROL_PACKET_BYTES: number = 64 * 1024;
/** QoS 1 messages of one connection without PUBACK. Below it a device on a slow link is throttled by our fsync. */
export const RECEIVE_MAXIMUM = 1000;
/** Topic names known by number. A flood of names evicts the ones unused longest (counted). */
export const TOPICS_MAX = 65_536;
/** … and the bytes of those names; exceeded by at most one batch's new names. */
export const TOPIC_TABLE_BYTES: number = 8 * 1024 * 1024;
/** Bytes read from sockets and not yet in a batch (frames in pieces, and what waits while batches are full). */
export const BUFFERED_BYTES: number = 32 * 1024 * 1024;
/** While a connection waits for a batch, so much is read ahead of it, so that its PINGREQ is still answered. */
export const LOOK_AHEAD_BYTES: number = 64 * 1024;
/** One read from a socket: 300 messages of 200 B. The buffer is shared by all plain connections. */
export const READ_BUFFER_BYTES: number = 64 * 1024;
/** Busy sockets that bring small pieces are read so often, and at least five times while a batch lingers. */
export const READ_POLL_MS = 10;
export const READS_PER_LINGER = 5;
/** Answers a client does not take off our hands; beyond it we stop reading from that client. */
export const WRITE_BUFFER_BYTES: number = 256 * 1024;
/** Connections per listener; more are closed at once (counted). */
export const CONNECTIONS_MAX = 10_000;
/** Durable sessions. When full, the one disconnected longest goes (counted): about 20 MB. */
export const SESSIONS_MAX = 50_000;
/** From TCP accept to a whole CONNECT, and for a TLS handshake: slow-loris protection. */
export const CONNECT_TIMEOUT_MS = 10_000;
/** A frame in pieces may hold its reservation so long while others wait for theirs. */
export const PARTIAL_FRAME_TIMEOUT_MS = 60_000;
/** Longest Session Expiry granted by default: a device may be offline for a week and resume. */
export const SESSION_EXPIRY_SECONDS: number = 7 * 24 * 3600;
/** Reconnect back-off of client mode, doubled from the first to the second, with jitter. */
export const RECONNECT_MIN_MS = 500;
export const RECONNECT_MAX_MS = 30_000;

// --- threads

/** Young generation of the core worker: unbounded, V8 lets it grow to 100 MiB of garbage. */
export const WORKER_YOUNG_GENERATION_MIB = 12;
/** Old generation of the core worker: operator state lives here and in typed arrays beside it. */
export const WORKER_OLD_GENERATION_MIB = 512;

/** Back-off before a core worker that ended is replaced, doubled from the first to the second. */
export const WORKER_BACKOFF_MIN_MS = 1000;
export const WORKER_BACKOFF_MAX_MS = 30_000;

// --- decode

/** JSON nested deeper than this is refused, as Jackson does: hostile input must not exhaust the stack. */
export const JSON_DEPTH = 1000;
/** A longer JSON number is refused, as Jackson does: exact arithmetic on it costs time in its square. */
export const JSON_NUMBER_CHARACTERS = 1000;
/** Rows of one message: a day of minutes, or 16 s of vibration at 1 kHz. What claims more is hostile or a mistake. */
export const ROWS_PER_MESSAGE = 16_384;
/** CBOR, MessagePack, Avro and protobuf nested deeper than this are refused: protobuf's own limit. */
export const PAYLOAD_DEPTH = 100;
/** Fields of one line of CSV. */
export const CSV_FIELDS = 10_000;
/** Types of one Avro or protobuf schema, unfolded: a device has dozens of fields, a hostile schema unfolds without end. */
export const SCHEMA_NODES = 10_000;
/** Strings that the JSON reader remembers at most (a power of two): the keys of 10,000 devices fit. */
export const STRING_CACHE_SLOTS = 32_768;
/** … of at most this many bytes each: with hash and length they fill half a cache line. */
export const STRING_CACHE_BYTES = 27;
/** Messages remembered for the packet-id dedupe, over all clients: 3 MB. */
export const RESEND_ENTRIES = 262_144;
/** Topics whose last payload is remembered, to know retained messages that come again. */
export const RETAINED_TOPICS = 65_536;
/** Topics whose tables are remembered; a flood only costs the matching again. */
export const ROUTES_MAX = 65_536;
/** Retained messages kept at a broker, 2 KB for a device, less for an alarm: what somebody looks at by name. */
export const RETAINED_MESSAGES = 2000;
/** Sequence numbers remembered per key: above the default Receive Maximum of 1,000, so that no re-send is older. */
export const IDENTITY_WINDOW = 1024;
/** 8 KiB a key. */
export const IDENTITY_WINDOW_MAX = 65_536;
/** Identity keys per table, 300 bytes each at the default window; the one unused longest goes (counted). */
export const IDENTITY_KEYS = 50_000;
/** Keys of an object whose order is remembered; later ones are looked up by name. */
export const PREDICTED_KEYS = 64;

// --- metrics, web page

/** Series of one metric family: labels come from the configuration, so more than this is a mistake in a label. */
export const METRIC_SERIES = 1000;
/** Open HTTP connections: a page, a scraper and a probe need three. More are refused by closing them. */
export const HTTP_CONNECTIONS = 64;
/** Bytes of an HTTP request's header. Requests have no body. */
export const HTTP_HEADER_BYTES = 8192;
/** A request's header must be complete by then (a slow-loris client is cut off). */
export const HTTP_HEADERS_TIMEOUT_MS = 5000;
/** The core worker may be silent this long (a stalled disk, a long replay chunk) before /healthz says 503. */
export const HEALTH_WORKER_SILENT_MS = 30_000;
/** Rates on the page are taken over this long; older samples are forgotten. */
export const RATE_WINDOW_MS = 10_000;

// --- control channel

/** Commands at work at once: an operator, a script and a probe. */
export const CONTROL_CONNECTIONS = 8;
/** A request names a command and little more. */
export const CONTROL_REQUEST_BYTES: number = 64 * 1024;
/** A connection without a byte for so long is ended, on either side: a stalled disk holds up an answer. */
export const CONTROL_TIMEOUT_MS = 30_000;
/** … while it is streamed to: whoever reads works on what it has, and stands back for the gateway. */
export const CONTROL_STREAM_TIMEOUT_MS = 600_000;
/** One part of a streamed answer at the most: a batch of the journal, incompressible, and what is around it. */
export const CONTROL_PART_BYTES: number = 64 * 1024 * 1024;

// --- backtest

/** The core worker reads the journal for somebody else for so long at a time, between two batches … */
export const JOURNAL_READ_MS = 5;
/** … or so much … */
export const JOURNAL_READ_BYTES: number = 512 * 1024;
/** … and is then left alone for at least so long: a tenth of its time at the most. */
export const JOURNAL_PAUSE_MS = 45;
/** Of a journal that nobody has open, so much is read at a time. */
export const JOURNAL_FILE_BYTES: number = 8 * 1024 * 1024;
/** Differing rows that are remembered, some 200 bytes each; of more, a shorter period has to be asked for. */
export const DIFFERING_ROWS = 500_000;

// --- store

/** Pages of WAL after which they are copied into the database (32 MB): fewer copies of the same hot pages. */
export const WAL_CHECKPOINT_PAGES = 8000;
/** An idle store copies the WAL once it holds this many pages, so that the 32 MB copy seldom falls into a COMMIT. */
export const WAL_IDLE_CHECKPOINT_PAGES = 2000;
/** SQLite's page cache: the hot pages of every table; larger transactions spill into the WAL. */
export const STORE_CACHE_KIB = 4096;
/** Part of `max_page_count` that message batches may not use: commands, clock, alarms, two checkpoints. */
export const STORE_RESERVE_SHARE = 0.1;
/** Blobs below this are stored as they are: compression costs 30 µs and a page is written anyway. */
export const COMPRESS_MIN_BYTES = 512;
/** A checkpoint is cut into rows of this many bytes, so that it is never in memory twice. */
export const CHECKPOINT_CHUNK_BYTES: number = 1024 * 1024;
/** Journal entries deleted by one transaction at most: bounds how long a COMMIT can take. */
export const JOURNAL_TRIM_ENTRIES = 256;
/** While a rule catches up, the journal may hold this many times its quota: a rule that waits for room waits with a bound. */
export const HELD_JOURNAL_QUOTAS = 2;
/** A full quota is freed down by this share at once: one deletion then serves many commits. */
export const TRIM_SHARE: number = 1 / 32;
/** Below this much free disk no message batch runs: the WAL and a checkpoint must still fit. */
export const DISK_RESERVE_BYTES: number = 48 * 1024 * 1024;
/** Given back when the disk is full, so that deletes (which write WAL pages) still work. */
export const BALLAST_BYTES: number = 8 * 1024 * 1024;
/** A data directory that cannot be written is tried again this often: each try may cost a block of flash. */
export const DRAIN_LOOK_MS = 2000;
/** Largest database that is copied to be drained while its own place cannot be written: the copy may lie in memory. */
export const READ_COPY_BYTES: number = 256 * 1024 * 1024;
/** Pages given back to the filesystem by one idle step: about 2 MB moved. */
export const VACUUM_PAGES = 512;
/** Free pages below this are kept for reuse: moving pages to shrink the file wears the card. */
export const VACUUM_MIN_FREE_PAGES = 4096;

// --- uplink

/** TCP and TLS set-up with one Kafka broker. */
export const KAFKA_CONNECT_TIMEOUT_MS = 5000;
/** Any one Kafka request, where nothing tighter is said: half the transaction time-out and more than a leader move. */
export const REQUEST_TIMEOUT_MS = 10_000;
/** Any one request to the schema registry. */
export const REGISTRY_TIMEOUT_MS = 10_000;
/** An answer of the schema registry: schemas are some kilobytes. */
export const REGISTRY_ANSWER_BYTES: number = 1024 * 1024;
/** A schema that messages are read by: it goes into the journal and into every checkpoint. */
export const SCHEMA_TEXT_BYTES: number = 64 * 1024;
/** Schemas that messages are read by, known by their ids: 8 MiB of checkpoint at the worst; device models have few. */
export const KNOWN_SCHEMAS = 128;
/** Schemas asked for on behalf of one batch; its messages with further ones become dead letters. */
export const SCHEMAS_PER_BATCH = 64;
/** How long a batch waits for a registry that has just gone away: past a restart of it, short of devices giving up. */
export const REGISTRY_WAIT_MS = 15_000;
/** A registry that is away, and an id that it did not know, are asked about again after this long. */
export const REGISTRY_AGAIN_MS = 30_000;
/** Ids that the registry did not know: any device can make up any number of them. */
export const UNKNOWN_SCHEMAS = 1000;
/** Ids of schemas that the uplink keeps in mind: as many as there are sinks, and those that came before them. */
export const SCHEMA_HEADS = 1000;
/** InitProducerId until the transaction before it has ended in every partition. */
export const INIT_TIMEOUT_MS = 30_000;
/** The broker aborts a transaction open for longer; below Kafka's default maximum (15 min) by far. */
export const TRANSACTION_TIMEOUT_MS = 15_000;
/** … and this for a link so slow that a single row does not fit into the first. */
export const SLOW_TRANSACTION_TIMEOUT_MS = 60_000;
/** Share of the time-out within which the rows must be with the brokers; the rest is for the commit. */
export const SEND_TIME_SHARE = 0.7;
/** A transaction holds back every read_committed reader: rows are counted out so that it takes no longer. */
export const TRANSACTION_TARGET_MS = 3000;
/** Rows of a transaction at first; grows with a backlog to the second figure. */
export const TRANSACTION_ROWS = 1000;
export const TRANSACTION_ROWS_MAX = 5000;
/** Bytes of a partition's rows in a transaction: the broker's default message.max.bytes is 1,048,588. */
export const PARTITION_BATCH_BYTES = 900_000;
/** Bytes of a transaction over all partitions; held two to three times while it is sent … */
export const TRANSACTION_BYTES: number = 4 * 1024 * 1024;
/** … at first, growing with a backlog: two seconds at 256 kbit/s … */
export const TRANSACTION_FIRST_BYTES: number = 64 * 1024;
/** … and at the least, however slow the link. */
export const TRANSACTION_MIN_BYTES = 4096;
/** A transaction costs about 1 ms of CPU whatever it holds, so rows wait this long for company … */
export const UPLINK_LINGER_MS = 200;
/** … but alarms only until this long after the transaction before them. */
export const UPLINK_ALARM_GAP_MS = 50;
/** A repaired rule catches up in steps of so much time; in between, messages are taken. */
export const CATCH_UP_STEP_MS = 50;
/** Quiet for so long, the uplink confirms what it has forwarded: at most twice the transactions where rows are rare. */
export const UPLINK_QUIET_MS = 1000;
/** Back-off after a failure, doubled up to the second figure, ± half. */
export const UPLINK_BACKOFF_MS = 100;
export const UPLINK_BACKOFF_MAX_MS = 5000;
/** Failing for so long raises an alarm: shorter is a broker restarting. */
export const UPLINK_ALARM_AFTER_MS = 60_000;
/** While idle: a metadata request this often tells that Kafka is still there, and new partition counts. */
export const UPLINK_IDLE_CHECK_MS = 60_000;
/** A backlog is judged by how it has shrunk in so long: windows close by the minute, and their rows come at once … */
export const UPLINK_DRAIN_WINDOW_MS = 60_000;
/** … looked at no more often than this: some sixty samples. */
export const UPLINK_DRAIN_STEP_MS = 1000;
/** Another live copy has taken over: how often to look whether it has gone silent. */
export const UPLINK_FENCED_CHECK_MS: number = 10 * 60_000;
/** CONCURRENT_TRANSACTIONS right after a commit is normal and short. */
export const CONCURRENT_RETRY_MS = 4;
export const CONCURRENT_RETRY_MAX_MS = 100;
/** Without transactions a batch is sent again at once, then ever more seldom: a leader moves in a second. */
export const IDEMPOTENT_RETRY_MS = 50;
export const IDEMPOTENT_RETRY_MAX_MS = 1000;
/** One Fetch answer of the progress topic. */
export const PROGRESS_FETCH_BYTES: number = 1024 * 1024;
/** Progress records of drained incarnations are deleted after 400 days. */
export const PROGRESS_RETENTION_MS: number = 400 * 86_400_000;
/**
 * Raised alarms of a rule that a progress record names: it goes with every transaction. Of more, the oldest are left
 * out; what a restored disk image then loses is their end.
 */
export const RAISED_ALARMS = 200;
/** Runs of passed-over rows that a progress record names; of more, the first ones are joined. */
export const PASSED_OVER_RUNS = 100;
/** Rules whose frontier a progress record holds, renamed and removed ones too; the lowest of more is left out. */
export const FRONTIER_RULES = 1000;
/** A transaction open for longer hangs: brokers allow none above 15 minutes unless told to. */
export const HANGING_TRANSACTION_MS: number = 25 * 60_000;
/** The cluster is looked at when a session opens and then this often: what hangs is seen at two looks. */
export const UPLINK_AUDIT_MS: number = 30 * 60_000;
/**
 * How long before the end of what it has authenticated a connection does so again: time for two round trips. A session
 * that is shorter cannot be used at all.
 */
export const REAUTHENTICATE_MS = 5000;
/** A token endpoint answers within this, … */
export const TOKEN_TIMEOUT_MS = 10_000;
/** … with no more than this, … */
export const TOKEN_ANSWER_BYTES: number = 64 * 1024;
/** … and a token of which it does not say how long it lives is renewed as if it lived so long. */
export const TOKEN_LIFE_MS: number = 5 * 60_000;
/** Partitions of a progress topic that we create; the number is for life. */
export const PROGRESS_PARTITIONS = 8;

// --- sql

/** Characters of one SQL file: a rule file holds a few statements; more is a mistake. */
export const SQL_TEXT_CHARACTERS = 1_000_000;
/** Levels of nesting in one statement: binder and code generation recurse, so that no text can overflow a stack. */
export const SQL_NESTING = 200;
/** Nodes of one expression with everything inlined: BETWEEN and CASE repeat their operand, nested ones each time again. */
export const SQL_EXPRESSION_NODES = 100_000;
/** Nodes of one column once views and computed columns are inlined: nested views must not grow exponentially. */
export const SQL_INLINED_NODES = 64;
/** Grouping sets of one GROUP BY: each holds groups of its own for every row; CUBE of eight keys has as many. */
export const SQL_GROUPING_SETS = 256;

/** Time zones whose rules are kept, each with … */
export const ZONES_KEPT = 256;
/** … the changes of so many years, found anew when they are needed again: 132 questions to the runtime a year. */
export const ZONE_YEARS_KEPT = 1024;

/** Levels of nested groups in a regular expression. */
export const REGEX_NESTING = 100;
/** Instructions of a regular expression with its repetitions written out: each costs time at every character. */
export const REGEX_PROGRAM = 4000;
/**
 * Steps of one call, 15 to 25 ns each: at most 50 ms of CPU, so that one text holds up all others no longer than a slow
 * fsync does. 100,000 characters with twenty threads stay below. Beyond: data error.
 */
export const REGEX_STEPS = 2_000_000;
/** Characters that one LIKE may compare, about a nanosecond each: 50 ms, as above. Beyond: data error. */
export const LIKE_COMPARISONS = 50_000_000;
/** States kept of one regular expression's machine, about 1 kB each; when full they are forgotten and made anew. */
export const REGEX_DFA_STATES = 256;

// --- alarms

/** Series of one alarm that were ever active; the rows of further ones are counted and dropped. */
export const ALARM_SERIES = 100_000;
/** Rows of one alarm that wait for the watermark; further ones are refused and counted. */
export const ALARM_WAITING_ROWS = 200_000;

// --- operators

/** Characters of a text that REPEAT, LPAD, RPAD or LISTAGG makes: a slip in a rule must not eat the heap. Beyond: data error. */
export const TEXT_RESULT_CHARS: number = 16 * 1024 * 1024;
/** Keys one operator holds; a row of one more is a data error. About 100 bytes each, so some 400 MB. */
export const KEYS_PER_OPERATOR = 4_000_000;
/** Groups in the open panes of one operator: a key counts in each. 50 bytes and more, so some 200 MB. Beyond: data error. */
export const GROUPS_PER_OPERATOR = 4_000_000;
/** Values that the groups of one DISTINCT, ARRAY_AGG, COLLECT … hold, about 64 bytes each. A row beyond is a data error. */
export const COLLECTED_VALUES_PER_AGGREGATE = 2_000_000;
/** Rows that one operator holds (SESSION without GROUP BY, ORDER BY): at some 200 bytes each, some 200 MB. */
export const HELD_ROWS_PER_OPERATOR = 1_000_000;
/** The core worker is told the time without a batch at most this often. */
export const CLOCK_GAP_MS = 100;
/**
 * Devices whose watermark one table keeps, 150 bytes each, and whose measurements are watched, 24 bytes a measurement; the
 * one heard of longest ago goes (counted).
 */
export const DEVICES_PER_TABLE = 50_000;
/** Open panes of one operator: a device in the year 2099 opens one, a broken clock thousands. Beyond: data error. */
export const PANES_PER_OPERATOR = 100_000;

// --- engine

/** Incarnations of other live copies of the card that are remembered; of more, the oldest count as a lost past. */
export const RIVAL_INCARNATIONS = 100;
/** Rows that one command entry of the journal holds: a few megabytes of JSON. */
export const COMMAND_ROWS = 5000;
/** A checkpoint is written when replaying the journal after the last one would take this long. */
export const CHECKPOINT_REPLAY_MS = 2000;
/** Messages run one at a time after a death in mid-batch: two batches were in flight, and their re-sends come first. */
export const CAREFUL_MESSAGES = 16_384;
/** Skipped messages whose senders may not have heard of it: they are known when they come again. */
export const SKIPPED_KNOWN = 256;
/** Result rows and alarm events kept for the status page, of each. */
export const RECENT_LINES = 20;

// --- clock

/** A wall clock before 2026 has not been set: this version was made later. */
export const CLOCK_FLOOR_MS = 1_767_225_600_000;
/** A larger step of the wall clock is not believed: NTP steps that much once, at a start. */
export const CLOCK_LEAP_MS = 60_000;
/** … until it has stood so long: who set the clock by mistake notices, and who did on purpose need not wait for ever. */
export const CLOCK_STANDS_MS = 600_000;
/** The wall clock is looked at this often when no batch begins. */
export const CLOCK_LOOK_MS = 1000;

// --- configuration

/** Characters of a gateway.yaml or profile. */
export const CONFIG_FILE_BYTES: number = 1024 * 1024;
/** Problems shown of one load: more do not help. */
export const CONFIG_PROBLEMS = 20;
/** Retained messages read for an import, and their bytes: a house has some thousands, mostly small. */
export const IMPORT_MESSAGES = 100_000;
export const IMPORT_BYTES: number = 64 * 1024 * 1024;
/** Characters of a secret's file. */
export const SECRET_BYTES = 16_384;
