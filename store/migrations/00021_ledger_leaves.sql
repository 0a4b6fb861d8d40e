-- +goose Up
-- The ledgers are kept in leaves of up to 64 contacts: a keyed row for each contact was most of what sending cost. A leaf holds all
-- contacts from its first up to the next leaf's, as JSON; the first leaf of a ledger begins at ''. The ledger of values is named ''.
CREATE TABLE ledger_leaves (
    destination   TEXT COLLATE "C" NOT NULL,
    ledger        TEXT COLLATE "C" NOT NULL,
    first_contact TEXT COLLATE "C" NOT NULL,
    contacts      BIGINT NOT NULL,
    realized      BIGINT NOT NULL,
    entries       TEXT NOT NULL,
    PRIMARY KEY (destination, ledger, first_contact)
);

INSERT INTO ledger_leaves (destination, ledger, first_contact, contacts, realized, entries)
SELECT destination, ledger, CASE WHEN leaf = 0 THEN '' ELSE min(contact) END, count(*), sum(realized), '[' || string_agg(entry, ',' ORDER BY contact) || ']'
FROM (
    SELECT destination, column_name AS ledger, contact, (row_number() OVER (PARTITION BY destination, column_name ORDER BY contact) - 1) / 64 AS leaf,
        exported * (1 - exited) AS realized,
        '["' || contact || '",' || coalesce(CAST(to_json(word) AS TEXT), 'null') || ',' || exited || ',' || qualified_at || ',' || as_of || ',"' || run || '",' || exported || ']' AS entry
    FROM exported_status
    UNION ALL
    SELECT destination, '', contact, (row_number() OVER (PARTITION BY destination ORDER BY contact) - 1) / 64, 0,
        '["' || contact || '",' || attributes || ',' || as_of || ',' || coalesce(other_as_of, 'null') || ']'
    FROM exported_contacts
) entries
GROUP BY destination, ledger, leaf;

DROP VIEW exported_values;
DROP TABLE exported_contacts;
DROP TABLE exported_status;

-- +goose Down
-- There is no way back to rows from leaves: restore a backup instead.
SELECT 1;
