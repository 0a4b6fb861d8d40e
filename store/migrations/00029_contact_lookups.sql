-- +goose Up
-- Contacts that somebody asks Dynamics about, and what it holds: neither travels through Temporal. Gone once it is read.
CREATE TABLE contact_lookups (
    lookup      TEXT COLLATE "C" PRIMARY KEY,
    destination TEXT COLLATE "C" NOT NULL,
    contact     TEXT COLLATE "C" NOT NULL,
    answer      TEXT NOT NULL DEFAULT '',
    asked_at    BIGINT NOT NULL
) WITHOUT ROWID;

-- +goose Down
DROP TABLE contact_lookups;
