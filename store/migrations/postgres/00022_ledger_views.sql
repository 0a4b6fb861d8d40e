-- +goose Up
CREATE VIEW exported_status AS
SELECT l.destination, l.ledger AS column_name, (e ->> 0) COLLATE "C" AS contact, e ->> 1 AS word, (e ->> 2)::bigint AS exited, (e ->> 3)::bigint AS qualified_at,
    (e ->> 4)::bigint AS as_of, e ->> 5 AS run, (e ->> 6)::bigint AS exported, l.first_contact
FROM ledger_leaves l, json_array_elements(l.entries::json) e WHERE l.ledger <> '';

CREATE VIEW exported_values AS
SELECT l.destination, (e ->> 0) COLLATE "C" AS contact, a.key AS column_name, a.value AS value, coalesce((e -> 3 ->> a.key)::bigint, (e ->> 2)::bigint) AS as_of, l.first_contact
FROM ledger_leaves l, json_array_elements(l.entries::json) e, json_each_text(e -> 1) a WHERE l.ledger = '';

-- +goose Down
DROP VIEW exported_values;
DROP VIEW exported_status;
