-- +goose Up
CREATE TABLE run_settings (
    run      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    settings TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE validations (
    validation    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    run           TEXT COLLATE "C" NOT NULL,
    workflow_id   TEXT COLLATE "C" NOT NULL,
    destination   TEXT COLLATE "C" NOT NULL,
    audience      TEXT COLLATE "C" NOT NULL,
    column_name   TEXT COLLATE "C" NOT NULL,
    realized_word TEXT NOT NULL,
    exited_word   TEXT NOT NULL,
    tolerance     DOUBLE PRECISION NOT NULL,
    verdict       TEXT NOT NULL DEFAULT '',
    started_at    BIGINT NOT NULL,
    ended_at      BIGINT
);
CREATE INDEX validations_ended ON validations (ended_at);

CREATE TABLE validation_slices (
    validation        TEXT COLLATE "C" NOT NULL,
    slice             INTEGER NOT NULL,
    expected          BIGINT NOT NULL,
    matched           BIGINT NOT NULL,
    mismatched        BIGINT NOT NULL,
    missing           BIGINT NOT NULL,
    realized_expected BIGINT NOT NULL,
    realized_actual   BIGINT NOT NULL,
    exited_expected   BIGINT NOT NULL,
    exited_actual     BIGINT NOT NULL,
    PRIMARY KEY (validation, slice)
) WITHOUT ROWID;

CREATE TABLE mismatches (
    validation  TEXT COLLATE "C" NOT NULL,
    contact     TEXT COLLATE "C" NOT NULL,
    column_name TEXT COLLATE "C" NOT NULL,
    slice       INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    expected    TEXT,
    actual      TEXT,
    modified_by TEXT NOT NULL DEFAULT '',
    modified_on BIGINT,
    PRIMARY KEY (validation, contact, column_name)
) WITHOUT ROWID;
CREATE INDEX mismatches_slice ON mismatches (validation, slice);

-- +goose Down
DROP TABLE mismatches;
DROP TABLE validation_slices;
DROP TABLE validations;
DROP TABLE run_settings;
