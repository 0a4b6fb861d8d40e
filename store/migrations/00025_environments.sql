-- +goose Up
-- The environment that the ledgers of a destination are about: bound at its first use.
ALTER TABLE destinations ADD COLUMN organization TEXT NOT NULL DEFAULT '';
ALTER TABLE destinations ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE destinations ADD COLUMN bound_at BIGINT;

-- +goose Down
ALTER TABLE destinations DROP COLUMN bound_at;
ALTER TABLE destinations DROP COLUMN address;
ALTER TABLE destinations DROP COLUMN organization;
