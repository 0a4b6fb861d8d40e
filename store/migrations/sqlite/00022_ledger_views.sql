-- +goose Up
CREATE VIEW exported_status AS
SELECT l.destination, l.ledger AS column_name, e.value ->> 0 AS contact, e.value ->> 1 AS word, e.value ->> 2 AS exited, e.value ->> 3 AS qualified_at,
    e.value ->> 4 AS as_of, e.value ->> 5 AS run, e.value ->> 6 AS exported, l.first_contact
FROM ledger_leaves l, json_each(l.entries) e WHERE l.ledger <> '';

CREATE VIEW exported_values AS
SELECT l.destination, e.value ->> 0 AS contact, a.key AS column_name, a.value AS value, coalesce(o.value, e.value ->> 2) AS as_of, l.first_contact
FROM ledger_leaves l, json_each(l.entries) e, json_each(e.value, '$[1]') a
LEFT JOIN json_each(coalesce(e.value -> 3, '{}')) o ON o.key = a.key WHERE l.ledger = '';

-- +goose Down
DROP VIEW exported_values;
DROP VIEW exported_status;
