-- Joining: invitations by mail and links for many, and the mails that confirm an address.

CREATE TABLE invitations (
    id TEXT PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES organizations (id),
    kind TEXT NOT NULL CHECK (kind IN ('single', 'multi')),
    -- As what one joins: 'athlete' or 'coach'.
    role TEXT NOT NULL CHECK (role IN ('athlete', 'coach')),
    -- Of a 'single' one; empty for a link for many.
    first_name TEXT NOT NULL,
    email TEXT NOT NULL,
    email_folded TEXT NOT NULL,
    message TEXT NOT NULL,
    group_id TEXT REFERENCES groups (id) ON DELETE SET NULL,
    -- SHA-256 of the link that can be handed around. It only asks for an address; what lets in is a ticket.
    secret_hash TEXT NOT NULL UNIQUE,
    max_uses INTEGER,
    uses INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    -- Who came last, and when.
    accepted_by TEXT REFERENCES users (id),
    accepted_at INTEGER,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    -- When the link was made that works now.
    sent_at INTEGER NOT NULL,
    CHECK (uses >= 0 AND (max_uses IS NULL OR uses <= max_uses))
) STRICT;
CREATE INDEX invitations_by_organization ON invitations (org_id, id);
CREATE INDEX invitations_by_email ON invitations (org_id, email_folded);
CREATE INDEX invitations_by_group ON invitations (group_id);

-- Links in mails that let one address in. Whoever holds one reads the mail of that address. Stored as hashes;
-- each works once.
CREATE TABLE tickets (
    secret_hash TEXT PRIMARY KEY,
    invitation_id TEXT NOT NULL REFERENCES invitations (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    email_folded TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    used_at INTEGER
) STRICT;
CREATE INDEX tickets_by_invitation ON tickets (invitation_id, email_folded);
CREATE INDEX tickets_by_expiry ON tickets (expires_at);
