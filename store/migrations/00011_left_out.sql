-- +goose Up
-- Values that did not fit their columns: with the row as long as it is staged, then the first of a run and their numbers.
ALTER TABLE staged ADD COLUMN left_out TEXT;
ALTER TABLE runs ADD COLUMN without_consent BIGINT NOT NULL DEFAULT 0;

CREATE TABLE warnings (
    run         TEXT COLLATE "C" NOT NULL,
    position    BIGINT NOT NULL,
    column_name TEXT COLLATE "C" NOT NULL,
    contact     TEXT COLLATE "C" NOT NULL,
    line        BIGINT NOT NULL,
    cause       TEXT NOT NULL,
    length      INTEGER NOT NULL,
    PRIMARY KEY (run, position, column_name)
) WITHOUT ROWID;

CREATE TABLE warning_counts (
    run         TEXT COLLATE "C" NOT NULL,
    column_name TEXT COLLATE "C" NOT NULL,
    cause       TEXT COLLATE "C" NOT NULL,
    total       BIGINT NOT NULL,
    PRIMARY KEY (run, column_name, cause)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE warning_counts;
DROP TABLE warnings;
ALTER TABLE runs DROP COLUMN without_consent;
ALTER TABLE staged DROP COLUMN left_out;
