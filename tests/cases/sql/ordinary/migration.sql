-- Adds a column and an index.
BEGIN;
ALTER TABLE orders ADD COLUMN note text;
ALTER TABLE orders ADD CONSTRAINT orders_note_check CHECK (length(note) < 1000);
CREATE INDEX CONCURRENTLY orders_note ON orders (note);
CREATE TABLE IF NOT EXISTS notes (id bigint PRIMARY KEY, order_id bigint REFERENCES orders (id), body text NOT NULL DEFAULT '', made timestamptz DEFAULT now());
COMMENT ON COLUMN orders.note IS 'what the buyer said';
ALTER TABLE orders RENAME COLUMN note TO remark;
COMMIT;
