-- +goose Up
-- The last contact that the staging of a replay, a repair or an unmapping has dealt with: a retry goes on behind it.
ALTER TABLE runs ADD COLUMN staged_after TEXT COLLATE "C" NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE runs DROP COLUMN staged_after;
