-- Joining: invitations by mail and links for many, and the mails that confirm an address.

CREATE TABLE invitations (
    id TEXT COLLATE "C" PRIMARY KEY,
    org_id TEXT COLLATE "C" NOT NULL REFERENCES organizations (id),
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('single', 'multi')),
    -- As what one joins: 'athlete' or 'coach'.
    role TEXT COLLATE "C" NOT NULL CHECK (role IN ('athlete', 'coach')),
    -- Of a 'single' one; empty for a link for many.
    first_name TEXT COLLATE "C" NOT NULL,
    email TEXT COLLATE "C" NOT NULL,
    email_folded TEXT COLLATE "C" NOT NULL,
    message TEXT COLLATE "C" NOT NULL,
    group_id TEXT COLLATE "C" REFERENCES groups (id) ON DELETE SET NULL,
    -- SHA-256 of the link that can be handed around. It only asks for an address; what lets in is a ticket.
    secret_hash TEXT COLLATE "C" NOT NULL UNIQUE,
    max_uses BIGINT,
    uses BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    -- Who came last, and when.
    accepted_by TEXT COLLATE "C" REFERENCES users (id),
    accepted_at BIGINT,
    created_by TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    -- When the link was made that works now.
    sent_at BIGINT NOT NULL,
    CHECK (uses >= 0 AND (max_uses IS NULL OR uses <= max_uses))
);
CREATE INDEX invitations_by_organization ON invitations (org_id, id);
CREATE INDEX invitations_by_email ON invitations (org_id, email_folded);
CREATE INDEX invitations_by_group ON invitations (group_id);

-- Links in mails that let one address in. Whoever holds one reads the mail of that address. Stored as hashes;
-- each works once.
CREATE TABLE tickets (
    secret_hash TEXT COLLATE "C" PRIMARY KEY,
    invitation_id TEXT COLLATE "C" NOT NULL REFERENCES invitations (id) ON DELETE CASCADE,
    email TEXT COLLATE "C" NOT NULL,
    email_folded TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    used_at BIGINT
);
CREATE INDEX tickets_by_invitation ON tickets (invitation_id, email_folded);
CREATE INDEX tickets_by_expiry ON tickets (expires_at);
