-- Ground floor: people, organizations, memberships, sessions, activities, jobs, outbox.
--
-- The two folders hold the same tables: a test compares them. Instants are Unix seconds (UTC), days are
-- days since 1970-01-01, ids are TypeIDs as text. What belongs to an organization carries org_id, what
-- belongs to a person carries user_id. `*_folded` columns hold text without case and accents, folded by
-- the program, for search and order.

CREATE TABLE users (
    id TEXT COLLATE "C" PRIMARY KEY,
    email TEXT COLLATE "C" NOT NULL,
    email_folded TEXT COLLATE "C" NOT NULL UNIQUE,
    password_hash TEXT COLLATE "C" NOT NULL,
    first_name TEXT COLLATE "C" NOT NULL,
    last_name TEXT COLLATE "C" NOT NULL,
    timezone TEXT COLLATE "C" NOT NULL,
    units TEXT COLLATE "C" NOT NULL CHECK (units IN ('metric', 'imperial')),
    theme TEXT COLLATE "C" NOT NULL CHECK (theme IN ('system', 'light', 'dark')),
    -- An instance administrator, made on the command line only.
    is_admin BOOLEAN NOT NULL,
    -- Whether the person signed up as a coach and may set an organization up.
    is_coach_account BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE organizations (
    id TEXT COLLATE "C" PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    name_folded TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C" NOT NULL,
    first_weekday BIGINT NOT NULL CHECK (first_weekday BETWEEN 1 AND 7),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX organizations_by_name ON organizations (name_folded);

-- A person is in one organization at a time, hence UNIQUE (user_id).
CREATE TABLE memberships (
    org_id TEXT COLLATE "C" NOT NULL REFERENCES organizations (id),
    user_id TEXT COLLATE "C" NOT NULL UNIQUE REFERENCES users (id),
    role TEXT COLLATE "C" NOT NULL CHECK (role IN ('head_coach', 'coach', 'athlete')),
    display_name TEXT COLLATE "C" NOT NULL,
    name_folded TEXT COLLATE "C" NOT NULL,
    -- Name and email, folded, for the search box.
    search_folded TEXT COLLATE "C" NOT NULL,
    member_level TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL CHECK (status IN ('active', 'inactive', 'suspended')),
    assigned_coach_id TEXT COLLATE "C" REFERENCES users (id),
    joined_at BIGINT NOT NULL,
    -- From when on coaches see the athlete's activities (by start); NULL until the athlete has agreed.
    visible_from BIGINT,
    -- Rises with every change of this row or its labels: the ETag of a member.
    version BIGINT NOT NULL,
    PRIMARY KEY (org_id, user_id)
);
CREATE UNIQUE INDEX memberships_one_head_coach ON memberships (org_id) WHERE role = 'head_coach';
CREATE INDEX memberships_by_name ON memberships (org_id, role, name_folded, user_id);
CREATE INDEX memberships_by_status ON memberships (org_id, role, status);
CREATE INDEX memberships_by_level ON memberships (org_id, role, member_level);
CREATE INDEX memberships_by_coach ON memberships (assigned_coach_id);

-- How many athletes of each status an organization has. Counting ten thousand rows for each view of the
-- roster would be most of its cost. Kept by triggers, so that no statement can forget it.
CREATE TABLE roster_counts (
    org_id TEXT COLLATE "C" PRIMARY KEY REFERENCES organizations (id),
    active BIGINT NOT NULL,
    inactive BIGINT NOT NULL,
    suspended BIGINT NOT NULL
);
-- The dialects differ from here on.
CREATE FUNCTION count_athletes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    org text;
    was text := '';
    becomes text := '';
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.role = 'athlete' THEN
        org := OLD.org_id;
        was := OLD.status;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.role = 'athlete' THEN
        org := NEW.org_id;
        becomes := NEW.status;
    END IF;
    IF was <> becomes THEN
        INSERT INTO roster_counts AS c (org_id, active, inactive, suspended)
        VALUES (org, (becomes = 'active')::int - (was = 'active')::int,
            (becomes = 'inactive')::int - (was = 'inactive')::int,
            (becomes = 'suspended')::int - (was = 'suspended')::int)
        ON CONFLICT (org_id) DO UPDATE SET active = c.active + excluded.active,
            inactive = c.inactive + excluded.inactive, suspended = c.suspended + excluded.suspended;
    END IF;
    RETURN NULL;
END $$;
-- At the end of a transaction: the row of an organization is then the last lock that is taken, so two bulk
-- acts cannot wait for each other.
CREATE CONSTRAINT TRIGGER memberships_counted AFTER INSERT OR UPDATE OR DELETE ON memberships
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_athletes();
-- The dialects are one again.

CREATE TABLE member_labels (
    org_id TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    label TEXT COLLATE "C" NOT NULL,
    label_folded TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (org_id, user_id, label_folded),
    FOREIGN KEY (org_id, user_id) REFERENCES memberships (org_id, user_id) ON DELETE CASCADE
);
CREATE INDEX member_labels_by_label ON member_labels (org_id, label_folded, user_id);

-- Dated, signed notes, for coaches only. They outlive the membership for thirty days.
CREATE TABLE notes (
    id TEXT COLLATE "C" PRIMARY KEY,
    org_id TEXT COLLATE "C" NOT NULL REFERENCES organizations (id),
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    author_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    body TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    deleted_at BIGINT,
    -- When the row goes for good: thirty days after the athlete left or the note was deleted.
    expires_at BIGINT
);
CREATE INDEX notes_by_athlete ON notes (org_id, user_id, created_at, id);
CREATE INDEX notes_by_expiry ON notes (expires_at);

CREATE TABLE groups (
    id TEXT COLLATE "C" PRIMARY KEY,
    org_id TEXT COLLATE "C" NOT NULL REFERENCES organizations (id),
    owner_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    name TEXT COLLATE "C" NOT NULL,
    name_folded TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C" NOT NULL,
    privacy TEXT COLLATE "C" NOT NULL CHECK (privacy IN ('public', 'private')),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    UNIQUE (org_id, name_folded)
);

CREATE TABLE group_members (
    group_id TEXT COLLATE "C" NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    joined_at BIGINT NOT NULL,
    PRIMARY KEY (group_id, user_id)
);
CREATE INDEX group_members_by_user ON group_members (user_id, group_id);

-- Sessions of the web pages. The key is the SHA-256 of the cookie's value, never the value.
CREATE TABLE sessions (
    id_hash TEXT COLLATE "C" PRIMARY KEY,
    public_id TEXT COLLATE "C" NOT NULL UNIQUE,
    user_id TEXT COLLATE "C" REFERENCES users (id),
    data TEXT COLLATE "C" NOT NULL,
    user_agent TEXT COLLATE "C" NOT NULL,
    address TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id, last_seen_at);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- Bearer tokens of a person, and API keys of an organization (org_id set), which act as their maker.
CREATE TABLE tokens (
    id TEXT COLLATE "C" PRIMARY KEY,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    org_id TEXT COLLATE "C" REFERENCES organizations (id),
    -- The token that made this one, which dies with it.
    parent_id TEXT COLLATE "C" REFERENCES tokens (id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    secret_hash TEXT COLLATE "C" NOT NULL UNIQUE,
    can_write BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT
);
CREATE INDEX tokens_by_user ON tokens (user_id, created_at);
CREATE INDEX tokens_by_organization ON tokens (org_id, created_at);
CREATE INDEX tokens_by_parent ON tokens (parent_id);

-- Links in account mails: to finish signing up, to reset a password. Single use, stored as hashes.
CREATE TABLE email_links (
    secret_hash TEXT COLLATE "C" PRIMARY KEY,
    purpose TEXT COLLATE "C" NOT NULL CHECK (purpose IN ('signup', 'reset')),
    email TEXT COLLATE "C" NOT NULL,
    email_folded TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX email_links_by_email ON email_links (email_folded, purpose);
CREATE INDEX email_links_by_expiry ON email_links (expires_at);

-- Counted attempts: one row for each limit and subject; survives restarts and holds across processes.
CREATE TABLE rate_limits (
    subject TEXT COLLATE "C" PRIMARY KEY,
    started_at BIGINT NOT NULL,
    count BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX rate_limits_by_expiry ON rate_limits (expires_at);

-- Mail, written in the transaction of the act that causes it and sent by a worker. The body is wiped
-- when it has been sent.
CREATE TABLE outbox (
    id TEXT COLLATE "C" PRIMARY KEY,
    org_id TEXT COLLATE "C" REFERENCES organizations (id),
    kind TEXT COLLATE "C" NOT NULL,
    recipient TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    body_text TEXT COLLATE "C" NOT NULL,
    body_html TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'sending', 'sent', 'failed')),
    attempts BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    error TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    sent_at BIGINT
);
CREATE INDEX outbox_due ON outbox (state, next_at);

CREATE TABLE activities (
    id TEXT COLLATE "C" PRIMARY KEY,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    title TEXT COLLATE "C" NOT NULL,
    title_folded TEXT COLLATE "C" NOT NULL,
    activity_type TEXT COLLATE "C" NOT NULL,
    sub_type TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL CHECK (status IN ('completed', 'scheduled', 'skipped')),
    start_at BIGINT NOT NULL,
    timezone TEXT COLLATE "C" NOT NULL,
    -- The local date of the start in `timezone`, as days since 1970-01-01.
    local_day BIGINT NOT NULL,
    distance DOUBLE PRECISION,
    -- Timer time in seconds, and elapsed time with its pauses.
    duration DOUBLE PRECISION NOT NULL,
    elapsed DOUBLE PRECISION NOT NULL,
    average_heart_rate DOUBLE PRECISION,
    max_heart_rate DOUBLE PRECISION,
    average_cadence DOUBLE PRECISION,
    elevation_gain DOUBLE PRECISION,
    calories DOUBLE PRECISION,
    effort BIGINT CHECK (effort BETWEEN 1 AND 10),
    note TEXT COLLATE "C" NOT NULL,
    is_indoor BOOLEAN NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    file_format TEXT COLLATE "C",
    device TEXT COLLATE "C",
    external_id TEXT COLLATE "C",
    -- Training load (nexrex_ete_plus) and VDOT load with how they were computed.
    training_load DOUBLE PRECISION,
    load_method TEXT COLLATE "C",
    vdot_load DOUBLE PRECISION,
    is_vdot_load_estimate BOOLEAN NOT NULL,
    formula_version BIGINT NOT NULL,
    -- Another recording of the same outing that counts instead of this one.
    duplicate_of TEXT COLLATE "C" REFERENCES activities (id),
    -- Set when a person said that this is no duplicate: it is never linked again by itself.
    is_unlinked BOOLEAN NOT NULL,
    warnings TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT,
    version BIGINT NOT NULL
);
CREATE INDEX activities_by_user ON activities (user_id, start_at, id);
-- What counts on the running screens: covering index for weekly sums.
CREATE INDEX activities_counted ON activities (user_id, local_day, start_at, distance, duration, training_load)
    WHERE deleted_at IS NULL AND duplicate_of IS NULL AND status = 'completed' AND activity_type = 'run';
CREATE INDEX activities_by_duplicate ON activities (duplicate_of);
-- A service tells of each activity once. Files may carry the same id with other bytes: a sync that broke off and
-- was repeated, an export with more in it. They are kept, linked, and counted once.
CREATE UNIQUE INDEX activities_by_external_id ON activities (user_id, source, external_id)
    WHERE deleted_at IS NULL AND source <> 'file';

-- The bytes as they came. One file can hold several activities (a triathlon).
CREATE TABLE files (
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    sha256 TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    -- 'identity' or 'gzip': how `bytes` is stored.
    encoding TEXT COLLATE "C" NOT NULL,
    size BIGINT NOT NULL,
    bytes BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, sha256)
);

-- What a recording holds beyond its figures: laps as JSON, streams packed (see app::streams).
CREATE TABLE recordings (
    activity_id TEXT COLLATE "C" PRIMARY KEY REFERENCES activities (id) ON DELETE CASCADE,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    sha256 TEXT COLLATE "C",
    -- Points of the streams: the richer of two recordings counts.
    sample_count BIGINT NOT NULL,
    laps TEXT COLLATE "C" NOT NULL,
    streams BYTEA NOT NULL
);
CREATE INDEX recordings_by_file ON recordings (user_id, sha256);

-- VDOT, thresholds and heart rates with the day from which each holds.
CREATE TABLE fitness_values (
    id TEXT COLLATE "C" PRIMARY KEY,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    kind TEXT COLLATE "C" NOT NULL,
    value DOUBLE PRECISION NOT NULL,
    valid_from BIGINT NOT NULL,
    set_by TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    UNIQUE (user_id, kind, valid_from)
);

CREATE TABLE jobs (
    id TEXT COLLATE "C" PRIMARY KEY,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    -- Whose data the job writes; the owner may differ when a coach uploads for an athlete.
    subject_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    kind TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    done BIGINT NOT NULL,
    total BIGINT NOT NULL,
    payload TEXT COLLATE "C" NOT NULL,
    -- Why it failed, for the person who started it.
    message TEXT COLLATE "C",
    -- A worker that died leaves its job leased; it is taken up again after this instant. While its files
    -- still come in, a queued job is leased by the request that brings them.
    leased_until BIGINT,
    created_at BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX jobs_due ON jobs (state, created_at);
CREATE INDEX jobs_by_user ON jobs (user_id, created_at);

-- Files of an import that waits; a row goes when its file has been handled.
CREATE TABLE job_files (
    job_id TEXT COLLATE "C" NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (job_id, position)
);

-- What became of each file of an import. `entry` counts the files of an archive.
CREATE TABLE job_results (
    job_id TEXT COLLATE "C" NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    entry BIGINT NOT NULL,
    result TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (job_id, position, entry)
);

CREATE TABLE audit (
    id TEXT COLLATE "C" PRIMARY KEY,
    org_id TEXT COLLATE "C" NOT NULL REFERENCES organizations (id),
    at BIGINT NOT NULL,
    actor_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    action TEXT COLLATE "C" NOT NULL,
    subject_id TEXT COLLATE "C" NOT NULL,
    -- The group that the entry is about, if any, so that a group's own log is one index read.
    group_id TEXT COLLATE "C",
    details TEXT COLLATE "C" NOT NULL
);
CREATE INDEX audit_by_organization ON audit (org_id, id);
CREATE INDEX audit_by_group ON audit (group_id, id);

-- Answers to POSTs that carried an Idempotency-Key.
CREATE TABLE idempotency (
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    key TEXT COLLATE "C" NOT NULL,
    request_hash TEXT COLLATE "C" NOT NULL,
    -- NULL while the first call is still at work.
    status BIGINT,
    body TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotency_by_age ON idempotency (created_at);

-- What a bulk act or a removal changed, so that it can be undone for a while.
CREATE TABLE undos (
    id TEXT COLLATE "C" PRIMARY KEY,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    org_id TEXT COLLATE "C" REFERENCES organizations (id),
    kind TEXT COLLATE "C" NOT NULL,
    payload TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX undos_by_expiry ON undos (expires_at);
