-- +goose Up
-- What people were last told of an audience: they are told again only when that changes.
CREATE TABLE alert_states (
    destination TEXT COLLATE "C" NOT NULL,
    audience    TEXT COLLATE "C" NOT NULL,
    state       TEXT NOT NULL,
    text        TEXT NOT NULL,
    since       BIGINT NOT NULL,
    PRIMARY KEY (destination, audience)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE alert_states;
