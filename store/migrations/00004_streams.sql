-- +goose Up
CREATE TABLE streams (
    destination   TEXT COLLATE "C" NOT NULL,
    audience      TEXT COLLATE "C" NOT NULL,
    version       BIGINT NOT NULL,
    last_seq      BIGINT NOT NULL DEFAULT 0,
    dirty         INTEGER NOT NULL DEFAULT 0,
    dirty_since   BIGINT,
    batch_run     TEXT COLLATE "C" NOT NULL DEFAULT '',
    batch_version BIGINT NOT NULL DEFAULT 0,
    batch_to      BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (destination, audience)
) WITHOUT ROWID;

CREATE TABLE stream_activations (
    destination TEXT COLLATE "C" NOT NULL,
    audience    TEXT COLLATE "C" NOT NULL,
    version     BIGINT NOT NULL,
    activation  TEXT NOT NULL,
    PRIMARY KEY (destination, audience, version)
) WITHOUT ROWID;

CREATE TABLE inbox (
    destination TEXT COLLATE "C" NOT NULL,
    audience    TEXT COLLATE "C" NOT NULL,
    seq         BIGINT NOT NULL,
    version     BIGINT NOT NULL,
    arrived_at  BIGINT NOT NULL,
    record      TEXT NOT NULL,
    PRIMARY KEY (destination, audience, seq)
) WITHOUT ROWID;

CREATE TABLE unreadable (
    destination TEXT COLLATE "C" NOT NULL,
    arrived_at  BIGINT NOT NULL,
    position    BIGINT NOT NULL,
    line        BIGINT NOT NULL,
    reason      TEXT NOT NULL,
    detail      TEXT NOT NULL
);
CREATE INDEX unreadable_arrived ON unreadable (arrived_at);

-- +goose Down
DROP TABLE unreadable;
DROP TABLE inbox;
DROP TABLE stream_activations;
DROP TABLE streams;
