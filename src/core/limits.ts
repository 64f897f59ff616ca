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
/** Strings that the JSON reader remembers (a power of two): the keys of 10,000 devices fit. */
export const STRING_CACHE_SLOTS = 32_768;
/** … of at most this many bytes each: with hash and length they fill half a cache line. */
export const STRING_CACHE_BYTES = 27;
/** Messages remembered for the packet-id dedupe, over all clients: 3 MB. */
export const RESEND_ENTRIES = 262_144;
/** Topics whose last payload is remembered, to know retained messages that come again. */
export const RETAINED_TOPICS = 65_536;
/** Topics whose tables are remembered; a flood only costs the matching again. */
export const ROUTES_MAX = 65_536;
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
/** A full quota is freed down by this share at once: one deletion then serves many commits. */
export const TRIM_SHARE: number = 1 / 32;
/** Below this much free disk no message batch runs: the WAL and a checkpoint must still fit. */
export const DISK_RESERVE_BYTES: number = 48 * 1024 * 1024;
/** Given back when the disk is full, so that deletes (which write WAL pages) still work. */
export const BALLAST_BYTES: number = 8 * 1024 * 1024;
/** Pages given back to the filesystem by one idle step: about 2 MB moved. */
export const VACUUM_PAGES = 512;
/** Free pages below this are kept for reuse: moving pages to shrink the file wears the card. */
export const VACUUM_MIN_FREE_PAGES = 4096;

// --- uplink

/** TCP and TLS set-up with one Kafka broker. */
export const KAFKA_CONNECT_TIMEOUT_MS = 5000;
/** Any one Kafka request, where nothing tighter is said: half the transaction time-out and more than a leader move. */
export const REQUEST_TIMEOUT_MS = 10_000;
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
/** Bytes of a transaction over all partitions; held two to three times while it is sent. */
export const TRANSACTION_BYTES: number = 4 * 1024 * 1024;
/** A transaction costs about 1 ms of CPU whatever it holds, so rows wait this long for company … */
export const UPLINK_LINGER_MS = 200;
/** … but alarms only until this long after the transaction before them. */
export const UPLINK_ALARM_GAP_MS = 50;
/** Back-off after a failure, doubled up to the second figure, ± half. */
export const UPLINK_BACKOFF_MS = 100;
export const UPLINK_BACKOFF_MAX_MS = 5000;
/** Failing for so long raises an alarm: shorter is a broker restarting. */
export const UPLINK_ALARM_AFTER_MS = 60_000;
/** While idle: a metadata request this often tells that Kafka is still there, and new partition counts. */
export const UPLINK_IDLE_CHECK_MS = 60_000;
/** Another live copy has taken over: how often to look whether it has gone silent. */
export const UPLINK_FENCED_CHECK_MS: number = 10 * 60_000;
/** CONCURRENT_TRANSACTIONS right after a commit is normal and short. */
export const CONCURRENT_RETRY_MS = 4;
export const CONCURRENT_RETRY_MAX_MS = 100;
/** One Fetch answer of the progress topic. */
export const PROGRESS_FETCH_BYTES: number = 1024 * 1024;
/** Progress records of drained incarnations are deleted after 400 days. */
export const PROGRESS_RETENTION_MS: number = 400 * 86_400_000;
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

// --- alarms

/** Series of one alarm that were ever active; the rows of further ones are counted and dropped. */
export const ALARM_SERIES = 100_000;
/** Rows of one alarm that wait for the watermark; further ones are refused and counted. */
export const ALARM_WAITING_ROWS = 200_000;

// --- operators

/** Characters of a text that REPEAT, LPAD or RPAD makes: a slip in a rule must not eat the heap. Beyond: data error. */
export const TEXT_RESULT_CHARS: number = 16 * 1024 * 1024;
/** Keys one operator holds; a row of one more is a data error. About 100 bytes each, so some 400 MB. */
export const KEYS_PER_OPERATOR = 4_000_000;
/** Open panes of one operator: a device in the year 2099 opens one, a broken clock thousands. Beyond: data error. */
export const PANES_PER_OPERATOR = 100_000;

// --- engine

/** A checkpoint is written when replaying the journal after the last one would take this long. */
export const CHECKPOINT_REPLAY_MS = 2000;
/** Messages run one at a time after a death in mid-batch: two batches were in flight, and their re-sends come first. */
export const CAREFUL_MESSAGES = 16_384;
/** Result rows and alarm events kept for the status page, of each. */
export const RECENT_LINES = 20;

// --- configuration

/** Characters of a gateway.yaml or profile. */
export const CONFIG_FILE_BYTES: number = 1024 * 1024;
/** Problems shown of one load: more do not help. */
export const CONFIG_PROBLEMS = 20;
/** Characters of a secret's file. */
export const SECRET_BYTES = 16_384;
