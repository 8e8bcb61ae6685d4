-- What of a cancelled appointment's payment was already refunded (F34, ADR 0030).

-- `paid_pence` is what was paid from here on. Rows of before have what was left of it, and nothing refunded: they say what
-- their event, upcast, says. The release before writes them so too.
ALTER TABLE messages ADD COLUMN refunded_pence bigint NOT NULL DEFAULT 0;
ALTER TABLE alerts ADD COLUMN refunded_pence bigint NOT NULL DEFAULT 0;
