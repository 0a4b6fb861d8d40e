-- +goose Up
-- What the activation of a stream names and nothing that arrived has; empty: all of it was met.
ALTER TABLE streams ADD COLUMN notes TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE streams DROP COLUMN notes;
