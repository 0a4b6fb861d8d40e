-- +goose Up
-- The ledgers are kept in leaves of up to 32 contacts: a keyed row for each contact was most of what sending cost. A leaf holds all
-- contacts from its first up to the next leaf's, as JSON; the first leaf of a ledger begins at ''. The ledger of values is named ''.
CREATE TABLE ledger_leaves (
    destination   TEXT COLLATE "C" NOT NULL,
    ledger        TEXT COLLATE "C" NOT NULL,
    first_contact TEXT COLLATE "C" NOT NULL,
    contacts      BIGINT NOT NULL,
    counts        TEXT NOT NULL,
    entries       TEXT NOT NULL,
    PRIMARY KEY (destination, ledger, first_contact)
);

INSERT INTO ledger_leaves (destination, ledger, first_contact, contacts, counts, entries)
WITH numbered AS (
    SELECT destination, column_name, contact, coalesce(CAST(to_json(word) AS TEXT), 'null') AS word, exited, qualified_at, as_of, run, exported,
        (row_number() OVER (PARTITION BY destination, column_name ORDER BY contact) - 1) / 32 AS leaf
    FROM exported_status
), words AS (
    SELECT destination, column_name, leaf, '[' || word || ',' || exited || ',' || count(*) || ']' AS counted FROM numbered
    WHERE exported = 1 GROUP BY destination, column_name, leaf, word, exited
), tallies AS (
    SELECT destination, column_name, leaf, '[' || string_agg(counted, ',') || ']' AS counts FROM words GROUP BY destination, column_name, leaf
), packed AS (
    SELECT destination, column_name, leaf, CASE WHEN leaf = 0 THEN '' ELSE min(contact) END AS first_contact, count(*) AS contacts,
        '[' || string_agg('["' || contact || '",' || word || ',' || exited || ',' || qualified_at || ',' || as_of || ',"' || run || '",' || exported || ']', ',' ORDER BY contact) || ']' AS entries
    FROM numbered GROUP BY destination, column_name, leaf
)
SELECT p.destination, p.column_name, p.first_contact, p.contacts, coalesce(t.counts, '[]'), p.entries
FROM packed p LEFT JOIN tallies t ON t.destination = p.destination AND t.column_name = p.column_name AND t.leaf = p.leaf;

INSERT INTO ledger_leaves (destination, ledger, first_contact, contacts, counts, entries)
SELECT destination, '', CASE WHEN leaf = 0 THEN '' ELSE min(contact) END, count(*), '[]', '[' || string_agg(entry, ',' ORDER BY contact) || ']'
FROM (
    SELECT destination, contact, (row_number() OVER (PARTITION BY destination ORDER BY contact) - 1) / 32 AS leaf,
        '["' || contact || '",' || attributes || ',' || as_of || ',' || coalesce(other_as_of, 'null') || ']' AS entry
    FROM exported_contacts
) entries
GROUP BY destination, leaf;

DROP VIEW exported_values;
DROP TABLE exported_contacts;
DROP TABLE exported_status;

-- +goose Down
-- There is no way back to rows from leaves: restore a backup instead.
SELECT 1;
