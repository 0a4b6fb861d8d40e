-- +goose Up
-- Rows with a value that gave way to a newer source's, which were counted as if they held what the ledger has.
ALTER TABLE outcomes ADD COLUMN held_back BIGINT NOT NULL DEFAULT 0;
ALTER TABLE outcomes ADD COLUMN pending_held_back BIGINT NOT NULL DEFAULT 0;
ALTER TABLE outcomes ADD COLUMN sent_held_back BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE outcomes DROP COLUMN sent_held_back;
ALTER TABLE outcomes DROP COLUMN pending_held_back;
ALTER TABLE outcomes DROP COLUMN held_back;
