-- +goose Up
CREATE VIEW exported_values AS
SELECT c.destination, c.contact, a.key AS column_name, a.value AS value, coalesce(o.value, c.as_of) AS as_of
FROM exported_contacts c, json_each(c.attributes) a
LEFT JOIN json_each(coalesce(c.other_as_of, '{}')) o ON o.key = a.key;

-- +goose Down
DROP VIEW exported_values;
