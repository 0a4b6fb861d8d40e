-- +goose Up
-- What a newer release might add to the schema, for tests: a column of every table, a table, an index. It says that programs which
-- know version 33 go on with it.
ALTER TABLE alert_states ADD COLUMN newer TEXT NOT NULL DEFAULT 'of a newer release';
ALTER TABLE batches ADD COLUMN newer TEXT NOT NULL DEFAULT 'of a newer release';
ALTER TABLE contact_lookups ADD COLUMN newer TEXT NOT NULL DEFAULT 'of a newer release';
ALTER TABLE destinations ADD COLUMN newer TEXT NOT NULL DEFAULT 'of a newer release';
ALTER TABLE failure_details ADD COLUMN newer TEXT NOT NULL DEFAULT 'of a newer release';
ALTER TABLE in_flight ADD COLUMN newer TEXT NOT NULL DEFAULT 'of a newer release';
ALTER TABLE inbox ADD COLUMN newer TEXT NOT NULL DEFAULT 'of a newer release';
ALTER TABLE ledger_leaves ADD COLUMN newer TEXT NOT NULL DEFAULT 'of a newer release';
ALTER TABLE mismatches ADD COLUMN newer TEXT NOT NULL DEFAULT 'of a newer release';
ALTER TABLE outcomes ADD COLUMN newer TEXT NOT NULL DEFAULT 'of a newer release';
ALTER TABLE rejected ADD COLUMN newer TEXT NOT NULL DEFAULT 'of a newer release';
ALTER TABLE run_settings ADD COLUMN newer TEXT NOT NULL DEFAULT 'of a newer release';
ALTER TABLE runs ADD COLUMN newer TEXT NOT NULL DEFAULT 'of a newer release';
ALTER TABLE sent_rows ADD COLUMN newer TEXT NOT NULL DEFAULT 'of a newer release';
ALTER TABLE staged ADD COLUMN newer TEXT NOT NULL DEFAULT 'of a newer release';
ALTER TABLE staged_blocks ADD COLUMN newer TEXT NOT NULL DEFAULT 'of a newer release';
ALTER TABLE status_columns ADD COLUMN newer TEXT NOT NULL DEFAULT 'of a newer release';
ALTER TABLE store_info ADD COLUMN newer TEXT NOT NULL DEFAULT 'of a newer release';
ALTER TABLE stream_activations ADD COLUMN newer TEXT NOT NULL DEFAULT 'of a newer release';
ALTER TABLE streams ADD COLUMN newer TEXT NOT NULL DEFAULT 'of a newer release';
ALTER TABLE unmapped_bodies ADD COLUMN newer TEXT NOT NULL DEFAULT 'of a newer release';
ALTER TABLE unreadable ADD COLUMN newer TEXT NOT NULL DEFAULT 'of a newer release';
ALTER TABLE validation_slices ADD COLUMN newer TEXT NOT NULL DEFAULT 'of a newer release';
ALTER TABLE validations ADD COLUMN newer TEXT NOT NULL DEFAULT 'of a newer release';
ALTER TABLE warning_counts ADD COLUMN newer TEXT NOT NULL DEFAULT 'of a newer release';
ALTER TABLE warnings ADD COLUMN newer TEXT NOT NULL DEFAULT 'of a newer release';
ALTER TABLE write_times ADD COLUMN newer TEXT NOT NULL DEFAULT 'of a newer release';
CREATE TABLE newer (
    destination TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value       TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX runs_newer ON runs (newer);
INSERT INTO store_info (name, value) VALUES ('usable_from:9999', '33');
