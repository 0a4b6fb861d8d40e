-- +goose Up
-- When the pause of a destination is over by itself; NULL: when somebody says so.
ALTER TABLE destinations ADD COLUMN paused_until BIGINT;

-- +goose Down
ALTER TABLE destinations DROP COLUMN paused_until;
