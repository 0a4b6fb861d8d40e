-- +goose Up
-- What writing to a destination has taken lately, which forecasts are made by.
CREATE TABLE write_times (
    destination TEXT   NOT NULL PRIMARY KEY,
    rows        BIGINT NOT NULL,
    micros      BIGINT NOT NULL, -- from sending a request to its answer, of all of them
    in_flight   BIGINT NOT NULL  -- requests that the server bore at a time
);

-- +goose Down
DROP TABLE write_times;
