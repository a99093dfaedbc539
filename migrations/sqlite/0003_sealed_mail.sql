-- What a mail says is sealed until it is sent, then wiped. `sealed` holds base64 of nonce and ciphertext of a JSON
-- with both parts; '' once it was sent or given up.
ALTER TABLE outbox RENAME COLUMN body_text TO sealed;
ALTER TABLE outbox DROP COLUMN body_html;
-- Mails that wait at this moment were not sealed, and no SQL can do it: they are given up. Who asked for one asks
-- again.
UPDATE outbox SET state = 'failed', error = 'It waited while Harrier was updated to a version that seals mails. Send it again.'
WHERE state IN ('waiting', 'sending');
UPDATE outbox SET sealed = '' WHERE sealed <> '';

-- The organization's own mail that could not be delivered, for its head coach.
CREATE INDEX outbox_by_organization ON outbox (org_id, id) WHERE error IS NOT NULL;
