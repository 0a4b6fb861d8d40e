-- +goose Up
-- A run's rows are kept in pages of a thousand, and what has become of them beside it: one row for each contact and state was most
-- of what a run cost. Runs under way lose their rows by this.
DROP TABLE in_flight;
DROP TABLE batches;
DROP TABLE staged;

CREATE TABLE staged (
    run           TEXT COLLATE "C" NOT NULL,
    page          BIGINT NOT NULL,
    first_contact TEXT COLLATE "C" NOT NULL,
    last_contact  TEXT COLLATE "C" NOT NULL,
    data          BYTEA NOT NULL,
    PRIMARY KEY (run, page)
);
CREATE INDEX staged_contacts ON staged (run, last_contact);

CREATE TABLE outcomes (
    run              TEXT COLLATE "C" NOT NULL,
    page             BIGINT NOT NULL,
    staged           BIGINT NOT NULL,
    losers           BIGINT NOT NULL,
    absent           BIGINT NOT NULL,
    undecided        BIGINT NOT NULL,
    to_read          BIGINT NOT NULL,
    pending_realized BIGINT NOT NULL,
    pending_exited   BIGINT NOT NULL,
    realized         BIGINT NOT NULL,
    exited           BIGINT NOT NULL,
    unchanged        BIGINT NOT NULL,
    superseded       BIGINT NOT NULL,
    failed           BIGINT NOT NULL,
    warnings         BIGINT NOT NULL,
    pending_warnings BIGINT NOT NULL,
    to_send          BIGINT NOT NULL,
    exits            BIGINT NOT NULL,
    turning          BIGINT NOT NULL,
    overwrites       BIGINT NOT NULL,
    sent_unchanged   BIGINT NOT NULL,
    sent_superseded  BIGINT NOT NULL,
    sent_failed      BIGINT NOT NULL,
    sent_not_found   BIGINT NOT NULL,
    sent_warnings    BIGINT NOT NULL,
    state            BYTEA NOT NULL,
    PRIMARY KEY (run, page)
);

CREATE TABLE batches (
    run         TEXT COLLATE "C" NOT NULL,
    batch       BIGINT NOT NULL,
    page        BIGINT NOT NULL,
    rows        BIGINT NOT NULL,
    state       TEXT NOT NULL,
    attempt     BIGINT NOT NULL DEFAULT 0,
    lease_until BIGINT,
    PRIMARY KEY (run, batch)
) WITHOUT ROWID;
CREATE UNIQUE INDEX batches_page ON batches (run, page);
CREATE INDEX batches_sending ON batches (run, batch) WHERE state = 'sending';

CREATE TABLE in_flight (
    destination   TEXT COLLATE "C" NOT NULL,
    run           TEXT COLLATE "C" NOT NULL,
    batch         BIGINT NOT NULL,
    first_contact TEXT COLLATE "C" NOT NULL,
    last_contact  TEXT COLLATE "C" NOT NULL,
    contacts      TEXT NOT NULL,
    PRIMARY KEY (destination, run, batch)
);

ALTER TABLE rejected ADD COLUMN page BIGINT NOT NULL DEFAULT 0;
ALTER TABLE rejected ADD COLUMN batch BIGINT NOT NULL DEFAULT 0;
CREATE INDEX rejected_page ON rejected (run, page) WHERE page > 0;

ALTER TABLE runs DROP COLUMN batches_cut;

UPDATE runs SET status = 'failed', error = 'the store was upgraded while the run was under way: start it again', ended_at = started_at
WHERE ended_at IS NULL;

-- +goose Down
-- There is no way back to rows from pages: restore a backup instead.
SELECT 1;
