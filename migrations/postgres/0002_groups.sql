-- Groups: asking to join, telling people inside the product, who was a member when, kept weekly reports.

-- Rises with every change of the person's activities (added, changed, linked, recomputed, deleted), in the
-- same transaction: an answer made from them tells by it, without reading them, whether it still holds.
ALTER TABLE users ADD COLUMN activities_version BIGINT NOT NULL DEFAULT 0;

-- Memberships that have ended. Figures of a past period are those of its members of then.
CREATE TABLE group_departures (
    group_id TEXT COLLATE "C" NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    joined_at BIGINT NOT NULL,
    left_at BIGINT NOT NULL,
    PRIMARY KEY (group_id, user_id, joined_at)
);
CREATE INDEX group_departures_by_user ON group_departures (user_id);

CREATE INDEX groups_by_owner ON groups (org_id, owner_id);

CREATE TABLE join_requests (
    id TEXT COLLATE "C" PRIMARY KEY,
    group_id TEXT COLLATE "C" NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('pending', 'approved', 'declined')),
    requested_at BIGINT NOT NULL,
    decided_by TEXT COLLATE "C" REFERENCES users (id),
    decided_at BIGINT
);
CREATE UNIQUE INDEX join_requests_one_pending ON join_requests (group_id, user_id) WHERE state = 'pending';
CREATE INDEX join_requests_by_group ON join_requests (group_id, state, id);
CREATE INDEX join_requests_by_user ON join_requests (user_id);

-- What the product tells a person inside itself. `payload` is JSON, and goes with the kind.
CREATE TABLE notifications (
    id TEXT COLLATE "C" PRIMARY KEY,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    org_id TEXT COLLATE "C" REFERENCES organizations (id),
    kind TEXT COLLATE "C" NOT NULL,
    payload TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    read_at BIGINT
);
CREATE INDEX notifications_by_user ON notifications (user_id, id);
CREATE INDEX notifications_unread ON notifications (user_id) WHERE read_at IS NULL;

-- Weekly reports as they were printed. The group may go; what was kept stays. `payload` is JSON.
CREATE TABLE group_reports (
    id TEXT COLLATE "C" PRIMARY KEY,
    org_id TEXT COLLATE "C" NOT NULL REFERENCES organizations (id),
    group_id TEXT COLLATE "C" REFERENCES groups (id) ON DELETE SET NULL,
    group_name TEXT COLLATE "C" NOT NULL,
    -- The athlete whom the report is about; NULL for one about the whole group.
    user_id TEXT COLLATE "C" REFERENCES users (id),
    -- The first day of the week, as days since 1970-01-01, in `timezone`.
    week BIGINT NOT NULL,
    timezone TEXT COLLATE "C" NOT NULL,
    note TEXT COLLATE "C" NOT NULL,
    payload TEXT COLLATE "C" NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL
);
CREATE INDEX group_reports_by_group ON group_reports (group_id, id);
CREATE INDEX group_reports_by_organization ON group_reports (org_id, id);

-- What counts for a group: figures and engagement are read from this index alone, the feed finds its rows
-- by it. The last three are the same in every row; without them SQLite would look each row up in the table.
CREATE INDEX activities_of_groups ON activities
    (user_id, start_at, activity_type, distance, duration, vdot_load, training_load, status, deleted_at,
     duplicate_of)
    WHERE deleted_at IS NULL AND duplicate_of IS NULL AND status = 'completed';
