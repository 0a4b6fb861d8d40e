-- +goose Up
-- What runs lost when their rows were put into pages. A micro-batch that has ended without being settled would have taken its
-- events with it: they are claimed anew. Ended runs without rows are told by the numbers that were kept of them.
DELETE FROM rejected WHERE run IN (SELECT s.batch_run FROM streams s JOIN runs r ON r.run = s.batch_run WHERE r.ended_at IS NOT NULL);
UPDATE streams SET batch_run = '', batch_version = 0, batch_to = 0
WHERE batch_run IN (SELECT run FROM runs WHERE ended_at IS NOT NULL);

UPDATE runs SET error = '', status = 'completed' WHERE kind = 'stream' AND error LIKE 'the store was upgraded%';

UPDATE runs SET purged = 1 WHERE purged = 0 AND ended_at IS NOT NULL AND counts IS NOT NULL
AND NOT EXISTS (SELECT 1 FROM outcomes o WHERE o.run = runs.run) AND NOT EXISTS (SELECT 1 FROM staged_blocks b WHERE b.run = runs.run);

-- +goose Down
SELECT 1;
