-- +goose Up
-- What each target was told of an audience: it is told again only when that changes.
DROP TABLE alert_states;
CREATE TABLE alert_states (
    destination TEXT COLLATE "C" NOT NULL,
    audience    TEXT COLLATE "C" NOT NULL,
    target      TEXT COLLATE "C" NOT NULL,
    troubles    TEXT NOT NULL,
    notice      TEXT NOT NULL,
    since       BIGINT NOT NULL,
    PRIMARY KEY (destination, audience, target)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE alert_states;
CREATE TABLE alert_states (
    destination TEXT COLLATE "C" NOT NULL,
    audience    TEXT COLLATE "C" NOT NULL,
    state       TEXT NOT NULL,
    text        TEXT NOT NULL,
    since       BIGINT NOT NULL,
    PRIMARY KEY (destination, audience)
) WITHOUT ROWID;
