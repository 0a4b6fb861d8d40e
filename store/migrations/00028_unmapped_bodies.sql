-- +goose Up
-- Bodies of profiles that were received for a destination and held none of an audience that is streamed to it, by sender.
CREATE TABLE unmapped_bodies (
    destination TEXT COLLATE "C" NOT NULL,
    sender      TEXT COLLATE "C" NOT NULL,
    bodies      BIGINT NOT NULL,
    profiles    BIGINT NOT NULL,
    first_at    BIGINT NOT NULL,
    last_at     BIGINT NOT NULL,
    PRIMARY KEY (destination, sender)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE unmapped_bodies;
