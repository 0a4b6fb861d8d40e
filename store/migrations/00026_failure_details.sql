-- +goose Up
-- What a failure says in words of the source, for people alone: the failure itself travels through Temporal without them.
CREATE TABLE failure_details (
    run    TEXT COLLATE "C" PRIMARY KEY,
    detail TEXT NOT NULL,
    at     BIGINT NOT NULL
) WITHOUT ROWID;

-- +goose Down
DROP TABLE failure_details;
