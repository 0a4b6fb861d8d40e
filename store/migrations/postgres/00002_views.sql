-- +goose Up
CREATE VIEW exported_values AS
SELECT c.destination, c.contact, a.key AS column_name, a.value AS value,
       coalesce((c.other_as_of::json ->> a.key)::bigint, c.as_of) AS as_of
FROM exported_contacts c, json_each_text(c.attributes::json) a;

-- +goose Down
DROP VIEW exported_values;
