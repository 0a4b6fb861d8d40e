-- +goose Up
-- A run's rows are kept in pages of a thousand, and what has become of them beside it: one row for each contact and state was most
-- of what a run cost. Runs under way lose their rows by this: they end with the numbers that they have come to. The window of a stream
-- keeps numbers alone, and goes on.
UPDATE runs SET status = 'canceled', reason = 'the store was upgraded while the run was under way: start it again', by_whom = 'audienceflow',
    since = NOW_MICROS, ended_at = NOW_MICROS, purged = 1,
    counts = '{"received":' || (n.staged + n.losers + n.excluded) || ',"activated":' || (n.realized + n.exited) || ',"unchanged":' || n.unchanged
        || ',"superseded":' || (n.superseded + n.losers) || ',"excluded":' || n.excluded || ',"failed":' || n.failed || ',"pending":' || n.pending
        || ',"ignored":' || n.ignored || ',"warnings":' || n.warnings || ',"duplicates":' || n.losers || ',"absent":' || n.absent
        || ',"withoutConsent":' || n.without_consent || ',"byStatus":{"realized":' || n.realized || ',"exited":' || n.exited || '},"reasons":'
        || n.reasons || '}'
FROM (
    SELECT r.run, r.ignored, r.without_consent, coalesce(s.staged, 0) + coalesce(b.staged, 0) AS staged, coalesce(s.losers, 0) + coalesce(b.losers, 0) AS losers,
        coalesce(s.realized, 0) AS realized, coalesce(s.exited, 0) AS exited, coalesce(s.unchanged, 0) AS unchanged, coalesce(s.superseded, 0) AS superseded,
        coalesce(s.failed, 0) AS failed, coalesce(s.pending, 0) + coalesce(b.staged, 0) AS pending, coalesce(s.warnings, 0) AS warnings,
        coalesce(s.absent, 0) AS absent, coalesce(j.excluded, 0) AS excluded, coalesce(j.reasons, '{}') AS reasons
    FROM runs r
    LEFT JOIN (
        SELECT run, count(*) AS staged, sum(losers) AS losers, sum(absent) AS absent,
            count(*) FILTER (WHERE outcome = 'activated' AND exited = 0) AS realized, count(*) FILTER (WHERE outcome = 'activated' AND exited = 1) AS exited,
            count(*) FILTER (WHERE outcome = 'unchanged') AS unchanged, count(*) FILTER (WHERE outcome = 'superseded') AS superseded,
            count(*) FILTER (WHERE outcome = 'failed') AS failed, count(*) FILTER (WHERE outcome IS NULL OR outcome IN ('read', 'pending')) AS pending,
            sum(CASE WHEN outcome IN ('activated', 'unchanged') THEN warnings ELSE 0 END) AS warnings
        FROM staged GROUP BY run
    ) s ON s.run = r.run AND r.staging_done = 1
    LEFT JOIN (SELECT run, sum(rows) AS staged, sum(losers) AS losers FROM staged_blocks GROUP BY run) b ON b.run = r.run AND r.staging_done = 0
    LEFT JOIN (
        SELECT run, sum(excluded) AS excluded, '{' || string_agg('"' || reason || '":' || total, ',') || '}' AS reasons FROM (
            SELECT run, reason, count(*) AS total, count(*) FILTER (WHERE outcome = 'excluded') AS excluded FROM rejected GROUP BY run, reason
        ) by_reason GROUP BY run
    ) j ON j.run = r.run
    WHERE r.ended_at IS NULL AND r.kind <> 'stream'
) n WHERE n.run = runs.run;

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

-- +goose Down
-- There is no way back to rows from pages: restore a backup instead.
SELECT 1;
