-- +goose Up
-- Where a rejected row of a stream stands in the body that it came in: its position counts all that the stream has received.
ALTER TABLE rejected ADD COLUMN record BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE rejected DROP COLUMN record;
