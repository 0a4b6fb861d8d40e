-- +goose Up
-- Text that is compared or ordered is compared by its bytes, so that both databases walk contacts in the same order.
-- Times are microseconds since 1970; the oldest BIGINT stands for a missing time.

CREATE TABLE store_info (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE destinations (
    destination TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    paused      INTEGER NOT NULL DEFAULT 0,
    reason      TEXT NOT NULL DEFAULT '',
    by_whom     TEXT NOT NULL DEFAULT '',
    since       BIGINT
);

CREATE TABLE runs (
    run             TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    workflow_id     TEXT COLLATE "C" NOT NULL,
    destination     TEXT COLLATE "C" NOT NULL,
    audience        TEXT COLLATE "C" NOT NULL,
    namespace       TEXT COLLATE "C" NOT NULL,
    mapping_id      TEXT NOT NULL,
    column_name     TEXT COLLATE "C" NOT NULL,
    kind            TEXT NOT NULL,
    status          TEXT NOT NULL,
    reason          TEXT NOT NULL DEFAULT '',
    by_whom         TEXT NOT NULL DEFAULT '',
    since           BIGINT,
    as_of           BIGINT,
    source_identity TEXT,
    staged_position BIGINT NOT NULL DEFAULT 0,
    staging_done    INTEGER NOT NULL DEFAULT 0,
    sorted_to       TEXT COLLATE "C" NOT NULL DEFAULT '',
    ignored         BIGINT NOT NULL DEFAULT 0,
    absent_cursor   TEXT COLLATE "C" NOT NULL DEFAULT '',
    absent_done     INTEGER NOT NULL DEFAULT 0,
    absent          BIGINT NOT NULL DEFAULT 0,
    batches_cut     INTEGER NOT NULL DEFAULT 0,
    purged          INTEGER NOT NULL DEFAULT 0,
    policy          TEXT,
    counts          TEXT,
    started_at      BIGINT NOT NULL,
    ended_at        BIGINT,
    report          TEXT,
    error           TEXT NOT NULL DEFAULT ''
);
CREATE INDEX runs_started ON runs (started_at);
CREATE INDEX runs_ended ON runs (ended_at);

CREATE TABLE status_columns (
    destination TEXT COLLATE "C" NOT NULL,
    column_name TEXT COLLATE "C" NOT NULL,
    audience    TEXT COLLATE "C" NOT NULL,
    namespace   TEXT COLLATE "C" NOT NULL,
    claimed_at  BIGINT NOT NULL,
    PRIMARY KEY (destination, column_name)
) WITHOUT ROWID;

CREATE TABLE staged (
    run          TEXT COLLATE "C" NOT NULL,
    contact      TEXT COLLATE "C" NOT NULL,
    position     BIGINT NOT NULL,
    line         BIGINT NOT NULL,
    exited       INTEGER NOT NULL,
    qualified_at BIGINT NOT NULL,
    as_of        BIGINT NOT NULL,
    absent       INTEGER NOT NULL DEFAULT 0,
    attributes   TEXT NOT NULL,
    warnings     INTEGER NOT NULL DEFAULT 0,
    bad_column   TEXT,
    bad_reason   TEXT,
    word_mode    TEXT NOT NULL DEFAULT '',
    word         TEXT,
    losers       BIGINT NOT NULL DEFAULT 0,
    outcome      TEXT,
    batch        INTEGER DEFAULT 0,
    overwrites   INTEGER DEFAULT 0,
    before       TEXT,
    PRIMARY KEY (run, contact)
) WITHOUT ROWID;

-- Rows as they come from the source, before they are put into the order of contacts: each chunk is a segment, sorted, in blocks.
-- Empty once staging is done.
CREATE TABLE staged_blocks (
    run          TEXT COLLATE "C" NOT NULL,
    segment      BIGINT NOT NULL,
    block        INTEGER NOT NULL,
    last_contact TEXT COLLATE "C" NOT NULL,
    rows         INTEGER NOT NULL,
    losers       INTEGER NOT NULL,
    data         BYTEA NOT NULL,
    PRIMARY KEY (run, segment, block)
);

CREATE TABLE batches (
    run           TEXT COLLATE "C" NOT NULL,
    batch         INTEGER NOT NULL,
    first_contact TEXT COLLATE "C" NOT NULL,
    last_contact  TEXT COLLATE "C" NOT NULL,
    rows          BIGINT NOT NULL,
    state         TEXT NOT NULL,
    attempt       BIGINT NOT NULL DEFAULT 0,
    lease_until   BIGINT,
    PRIMARY KEY (run, batch)
) WITHOUT ROWID;
CREATE INDEX batches_sending ON batches (run, batch) WHERE state = 'sending';

CREATE TABLE in_flight (
    destination TEXT COLLATE "C" NOT NULL,
    contact     TEXT COLLATE "C" NOT NULL,
    run         TEXT COLLATE "C" NOT NULL,
    batch       INTEGER NOT NULL,
    attempt     BIGINT NOT NULL,
    PRIMARY KEY (destination, contact)
) WITHOUT ROWID;

CREATE TABLE exported_status (
    destination  TEXT COLLATE "C" NOT NULL,
    column_name  TEXT COLLATE "C" NOT NULL,
    contact      TEXT COLLATE "C" NOT NULL,
    word         TEXT,
    exited       INTEGER NOT NULL,
    qualified_at BIGINT NOT NULL,
    as_of        BIGINT NOT NULL,
    run          TEXT COLLATE "C" NOT NULL,
    exported     INTEGER NOT NULL,
    PRIMARY KEY (destination, column_name, contact)
) WITHOUT ROWID;

-- The ledger of values, one row per contact: `attributes` is a JSON object of column -> value; `as_of` dates all of them but for
-- those named in `other_as_of` (JSON, column -> microseconds). The view exported_values shows one row per value.
CREATE TABLE exported_contacts (
    destination TEXT COLLATE "C" NOT NULL,
    contact     TEXT COLLATE "C" NOT NULL,
    attributes  TEXT NOT NULL,
    as_of       BIGINT NOT NULL,
    other_as_of TEXT,
    PRIMARY KEY (destination, contact)
) WITHOUT ROWID;

CREATE TABLE rejected (
    run         TEXT COLLATE "C" NOT NULL,
    position    BIGINT NOT NULL,
    contact     TEXT COLLATE "C" NOT NULL,
    line        BIGINT NOT NULL,
    outcome     TEXT NOT NULL,
    reason      TEXT NOT NULL,
    column_name TEXT NOT NULL DEFAULT '',
    code        TEXT NOT NULL DEFAULT '',
    text        TEXT NOT NULL DEFAULT '',
    request_id  TEXT NOT NULL DEFAULT '',
    rejected_at BIGINT NOT NULL,
    state       TEXT NOT NULL DEFAULT 'kept',
    PRIMARY KEY (run, position, contact)
) WITHOUT ROWID;
CREATE INDEX rejected_contact ON rejected (run, contact);

-- +goose Down
DROP TABLE rejected;
DROP TABLE exported_contacts;
DROP TABLE exported_status;
DROP TABLE in_flight;
DROP TABLE batches;
DROP TABLE staged_blocks;
DROP TABLE staged;
DROP TABLE status_columns;
DROP TABLE runs;
DROP TABLE destinations;
DROP TABLE store_info;
