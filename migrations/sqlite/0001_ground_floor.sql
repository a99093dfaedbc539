-- Ground floor: people, organizations, memberships, sessions, activities, jobs, outbox.
--
-- The two folders hold the same tables: a test compares them. Instants are Unix seconds (UTC), days are
-- days since 1970-01-01, ids are TypeIDs as text. What belongs to an organization carries org_id, what
-- belongs to a person carries user_id. `*_folded` columns hold text without case and accents, folded by
-- the program, for search and order.

CREATE TABLE users (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL,
    email_folded TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    timezone TEXT NOT NULL,
    units TEXT NOT NULL CHECK (units IN ('metric', 'imperial')),
    theme TEXT NOT NULL CHECK (theme IN ('system', 'light', 'dark')),
    -- An instance administrator, made on the command line only.
    is_admin INTEGER NOT NULL,
    -- Whether the person signed up as a coach and may set an organization up.
    is_coach_account INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE organizations (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    description TEXT NOT NULL,
    first_weekday INTEGER NOT NULL CHECK (first_weekday BETWEEN 1 AND 7),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX organizations_by_name ON organizations (name_folded);

-- A person is in one organization at a time, hence UNIQUE (user_id).
CREATE TABLE memberships (
    org_id TEXT NOT NULL REFERENCES organizations (id),
    user_id TEXT NOT NULL UNIQUE REFERENCES users (id),
    role TEXT NOT NULL CHECK (role IN ('head_coach', 'coach', 'athlete')),
    display_name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    -- Name and email, folded, for the search box.
    search_folded TEXT NOT NULL,
    member_level TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('active', 'inactive', 'suspended')),
    assigned_coach_id TEXT REFERENCES users (id),
    joined_at INTEGER NOT NULL,
    -- From when on coaches see the athlete's activities (by start); NULL until the athlete has agreed.
    visible_from INTEGER,
    -- Rises with every change of this row or its labels: the ETag of a member.
    version INTEGER NOT NULL,
    PRIMARY KEY (org_id, user_id)
) STRICT;
CREATE UNIQUE INDEX memberships_one_head_coach ON memberships (org_id) WHERE role = 'head_coach';
CREATE INDEX memberships_by_name ON memberships (org_id, role, name_folded, user_id);
CREATE INDEX memberships_by_status ON memberships (org_id, role, status);
CREATE INDEX memberships_by_level ON memberships (org_id, role, member_level);
CREATE INDEX memberships_by_coach ON memberships (assigned_coach_id);

-- How many athletes of each status an organization has. Counting ten thousand rows for each view of the
-- roster would be most of its cost. Kept by triggers, so that no statement can forget it.
CREATE TABLE roster_counts (
    org_id TEXT PRIMARY KEY REFERENCES organizations (id),
    active INTEGER NOT NULL,
    inactive INTEGER NOT NULL,
    suspended INTEGER NOT NULL
) STRICT;
-- The dialects differ from here on.
CREATE TRIGGER memberships_added AFTER INSERT ON memberships BEGIN
    INSERT INTO roster_counts (org_id, active, inactive, suspended)
    VALUES (NEW.org_id,
        (NEW.role = 'athlete' AND NEW.status = 'active'),
        (NEW.role = 'athlete' AND NEW.status = 'inactive'),
        (NEW.role = 'athlete' AND NEW.status = 'suspended'))
    ON CONFLICT (org_id) DO UPDATE SET active = active + excluded.active,
        inactive = inactive + excluded.inactive, suspended = suspended + excluded.suspended;
END;
CREATE TRIGGER memberships_changed AFTER UPDATE OF role, status ON memberships BEGIN
    INSERT INTO roster_counts (org_id, active, inactive, suspended)
    VALUES (NEW.org_id,
        (NEW.role = 'athlete' AND NEW.status = 'active') - (OLD.role = 'athlete' AND OLD.status = 'active'),
        (NEW.role = 'athlete' AND NEW.status = 'inactive') - (OLD.role = 'athlete' AND OLD.status = 'inactive'),
        (NEW.role = 'athlete' AND NEW.status = 'suspended') - (OLD.role = 'athlete' AND OLD.status = 'suspended'))
    ON CONFLICT (org_id) DO UPDATE SET active = active + excluded.active,
        inactive = inactive + excluded.inactive, suspended = suspended + excluded.suspended;
END;
CREATE TRIGGER memberships_removed AFTER DELETE ON memberships BEGIN
    INSERT INTO roster_counts (org_id, active, inactive, suspended)
    VALUES (OLD.org_id,
        - (OLD.role = 'athlete' AND OLD.status = 'active'),
        - (OLD.role = 'athlete' AND OLD.status = 'inactive'),
        - (OLD.role = 'athlete' AND OLD.status = 'suspended'))
    ON CONFLICT (org_id) DO UPDATE SET active = active + excluded.active,
        inactive = inactive + excluded.inactive, suspended = suspended + excluded.suspended;
END;
-- The dialects are one again.

CREATE TABLE member_labels (
    org_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    label TEXT NOT NULL,
    label_folded TEXT NOT NULL,
    PRIMARY KEY (org_id, user_id, label_folded),
    FOREIGN KEY (org_id, user_id) REFERENCES memberships (org_id, user_id) ON DELETE CASCADE
) STRICT;
CREATE INDEX member_labels_by_label ON member_labels (org_id, label_folded, user_id);

-- Dated, signed notes, for coaches only. They outlive the membership for thirty days.
CREATE TABLE notes (
    id TEXT PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES organizations (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    author_id TEXT NOT NULL REFERENCES users (id),
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    deleted_at INTEGER,
    -- When the row goes for good: thirty days after the athlete left or the note was deleted.
    expires_at INTEGER
) STRICT;
CREATE INDEX notes_by_athlete ON notes (org_id, user_id, created_at, id);
CREATE INDEX notes_by_expiry ON notes (expires_at);

CREATE TABLE groups (
    id TEXT PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES organizations (id),
    owner_id TEXT NOT NULL REFERENCES users (id),
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    description TEXT NOT NULL,
    privacy TEXT NOT NULL CHECK (privacy IN ('public', 'private')),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    UNIQUE (org_id, name_folded)
) STRICT;

CREATE TABLE group_members (
    group_id TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id),
    joined_at INTEGER NOT NULL,
    PRIMARY KEY (group_id, user_id)
) STRICT;
CREATE INDEX group_members_by_user ON group_members (user_id, group_id);

-- Sessions of the web pages. The key is the SHA-256 of the cookie's value, never the value.
CREATE TABLE sessions (
    id_hash TEXT PRIMARY KEY,
    public_id TEXT NOT NULL UNIQUE,
    user_id TEXT REFERENCES users (id),
    data TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    address TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id, last_seen_at);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- Bearer tokens of a person, and API keys of an organization (org_id set), which act as their maker.
CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    org_id TEXT REFERENCES organizations (id),
    -- The token that made this one, which dies with it.
    parent_id TEXT REFERENCES tokens (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    secret_hash TEXT NOT NULL UNIQUE,
    can_write INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    last_used_at INTEGER
) STRICT;
CREATE INDEX tokens_by_user ON tokens (user_id, created_at);
CREATE INDEX tokens_by_organization ON tokens (org_id, created_at);
CREATE INDEX tokens_by_parent ON tokens (parent_id);

-- Links in account mails: to finish signing up, to reset a password. Single use, stored as hashes.
CREATE TABLE email_links (
    secret_hash TEXT PRIMARY KEY,
    purpose TEXT NOT NULL CHECK (purpose IN ('signup', 'reset')),
    email TEXT NOT NULL,
    email_folded TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;
CREATE INDEX email_links_by_email ON email_links (email_folded, purpose);
CREATE INDEX email_links_by_expiry ON email_links (expires_at);

-- Counted attempts: one row for each limit and subject; survives restarts and holds across processes.
CREATE TABLE rate_limits (
    subject TEXT PRIMARY KEY,
    started_at INTEGER NOT NULL,
    count INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX rate_limits_by_expiry ON rate_limits (expires_at);

-- Mail, written in the transaction of the act that causes it and sent by a worker. The body is wiped
-- when it has been sent.
CREATE TABLE outbox (
    id TEXT PRIMARY KEY,
    org_id TEXT REFERENCES organizations (id),
    kind TEXT NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    body_text TEXT NOT NULL,
    body_html TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'sent', 'failed')),
    attempts INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    error TEXT,
    created_at INTEGER NOT NULL,
    sent_at INTEGER
) STRICT;
CREATE INDEX outbox_due ON outbox (state, next_at);

CREATE TABLE activities (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    title TEXT NOT NULL,
    title_folded TEXT NOT NULL,
    activity_type TEXT NOT NULL,
    sub_type TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('completed', 'scheduled', 'skipped')),
    start_at INTEGER NOT NULL,
    timezone TEXT NOT NULL,
    -- The local date of the start in `timezone`, as days since 1970-01-01.
    local_day INTEGER NOT NULL,
    distance REAL,
    -- Timer time in seconds, and elapsed time with its pauses.
    duration REAL NOT NULL,
    elapsed REAL NOT NULL,
    average_heart_rate REAL,
    max_heart_rate REAL,
    average_cadence REAL,
    elevation_gain REAL,
    calories REAL,
    effort INTEGER CHECK (effort BETWEEN 1 AND 10),
    note TEXT NOT NULL,
    is_indoor INTEGER NOT NULL,
    source TEXT NOT NULL,
    file_format TEXT,
    device TEXT,
    external_id TEXT,
    -- Training load (nexrex_ete_plus) and VDOT load with how they were computed.
    training_load REAL,
    load_method TEXT,
    vdot_load REAL,
    is_vdot_load_estimate INTEGER NOT NULL,
    formula_version INTEGER NOT NULL,
    -- Another recording of the same outing that counts instead of this one.
    duplicate_of TEXT REFERENCES activities (id),
    -- Set when a person said that this is no duplicate: it is never linked again by itself.
    is_unlinked INTEGER NOT NULL,
    warnings TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER,
    version INTEGER NOT NULL
) STRICT;
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
    user_id TEXT NOT NULL REFERENCES users (id),
    sha256 TEXT NOT NULL,
    name TEXT NOT NULL,
    -- 'identity' or 'gzip': how `bytes` is stored.
    encoding TEXT NOT NULL,
    size INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, sha256)
) STRICT;

-- What a recording holds beyond its figures: laps as JSON, streams packed (see app::streams).
CREATE TABLE recordings (
    activity_id TEXT PRIMARY KEY REFERENCES activities (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id),
    sha256 TEXT,
    -- Points of the streams: the richer of two recordings counts.
    sample_count INTEGER NOT NULL,
    laps TEXT NOT NULL,
    streams BLOB NOT NULL
) STRICT;
CREATE INDEX recordings_by_file ON recordings (user_id, sha256);

-- VDOT, thresholds and heart rates with the day from which each holds.
CREATE TABLE fitness_values (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    kind TEXT NOT NULL,
    value REAL NOT NULL,
    valid_from INTEGER NOT NULL,
    set_by TEXT NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    UNIQUE (user_id, kind, valid_from)
) STRICT;

CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    -- Whose data the job writes; the owner may differ when a coach uploads for an athlete.
    subject_id TEXT NOT NULL REFERENCES users (id),
    kind TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    done INTEGER NOT NULL,
    total INTEGER NOT NULL,
    payload TEXT NOT NULL,
    -- Why it failed, for the person who started it.
    message TEXT,
    -- A worker that died leaves its job leased; it is taken up again after this instant. While its files
    -- still come in, a queued job is leased by the request that brings them.
    leased_until INTEGER,
    created_at INTEGER NOT NULL,
    finished_at INTEGER
) STRICT;
CREATE INDEX jobs_due ON jobs (state, created_at);
CREATE INDEX jobs_by_user ON jobs (user_id, created_at);

-- Files of an import that waits; a row goes when its file has been handled.
CREATE TABLE job_files (
    job_id TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (job_id, position)
) STRICT;

-- What became of each file of an import. `entry` counts the files of an archive.
CREATE TABLE job_results (
    job_id TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    entry INTEGER NOT NULL,
    result TEXT NOT NULL,
    PRIMARY KEY (job_id, position, entry)
) STRICT;

CREATE TABLE audit (
    id TEXT PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES organizations (id),
    at INTEGER NOT NULL,
    actor_id TEXT NOT NULL REFERENCES users (id),
    action TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    -- The group that the entry is about, if any, so that a group's own log is one index read.
    group_id TEXT,
    details TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_organization ON audit (org_id, id);
CREATE INDEX audit_by_group ON audit (group_id, id);

-- Answers to POSTs that carried an Idempotency-Key.
CREATE TABLE idempotency (
    user_id TEXT NOT NULL REFERENCES users (id),
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    -- NULL while the first call is still at work.
    status INTEGER,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, key)
) STRICT;
CREATE INDEX idempotency_by_age ON idempotency (created_at);

-- What a bulk act or a removal changed, so that it can be undone for a while.
CREATE TABLE undos (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    org_id TEXT REFERENCES organizations (id),
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;
CREATE INDEX undos_by_expiry ON undos (expires_at);
