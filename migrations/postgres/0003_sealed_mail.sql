-- What a mail says is sealed until it is sent, then wiped. `sealed` holds base64 of nonce and ciphertext of a JSON
-- with both parts; '' once it was sent or given up.
ALTER TABLE outbox RENAME COLUMN body_text TO sealed;
ALTER TABLE outbox DROP COLUMN body_html;

-- The organization's own mail that could not be delivered, for its head coach.
CREATE INDEX outbox_by_organization ON outbox (org_id, id) WHERE error IS NOT NULL;
