-- +goose Up
-- Rows sent to a destination, by the minute: what its daily budget is reckoned by. A day's worth is kept.
CREATE TABLE sent_rows (
    destination TEXT COLLATE "C" NOT NULL,
    minute      BIGINT NOT NULL,
    rows        BIGINT NOT NULL,
    PRIMARY KEY (destination, minute)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE sent_rows;
