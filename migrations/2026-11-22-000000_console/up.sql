-- Substring search over names stays an index scan at any size.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- One row: a digest that only the instance key makes, so that another key is noticed at the start.
CREATE TABLE instance (
    one       boolean PRIMARY KEY DEFAULT true CHECK (one),
    key_check bytea NOT NULL CHECK (octet_length(key_check) = 32)
);

CREATE TABLE users (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email         text NOT NULL CHECK (char_length(email) BETWEEN 3 AND 254),
    name          text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 80),
    password_hash text,
    is_admin      boolean NOT NULL DEFAULT false,
    theme         text NOT NULL DEFAULT 'system' CHECK (theme IN ('system', 'light', 'dark')),
    disabled_at   timestamptz,
    created_at    timestamptz NOT NULL
);
CREATE UNIQUE INDEX users_email_key ON users (lower(email));

CREATE TABLE organizations (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    slug         text NOT NULL UNIQUE CHECK (slug ~ '^[a-z][a-z0-9-]{0,38}[a-z0-9]$'),
    name         text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 80),
    suspended_at timestamptz,
    created_at   timestamptz NOT NULL
);

-- What tokens may be. The row without an organization is the instance's, for personal access tokens.
CREATE TABLE policies (
    organization_id    bigint REFERENCES organizations ON DELETE CASCADE,
    max_lifetime_days  integer CHECK (max_lifetime_days BETWEEN 1 AND 36500),
    allow_non_expiring boolean NOT NULL
);
CREATE UNIQUE INDEX policies_organization_key ON policies (coalesce(organization_id, 0));
INSERT INTO policies (organization_id, max_lifetime_days, allow_non_expiring) VALUES (NULL, NULL, true);

CREATE TABLE projects (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id bigint NOT NULL REFERENCES organizations ON DELETE CASCADE,
    project_id      text NOT NULL CHECK (project_id ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
    name            text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 80),
    created_at      timestamptz NOT NULL,
    UNIQUE (organization_id, project_id),
    UNIQUE (organization_id, id)
);

-- Resources that an organization adds to the built-in data set.
CREATE TABLE resources (
    organization_id bigint NOT NULL REFERENCES organizations ON DELETE CASCADE,
    name            text NOT NULL CHECK (name ~ '^[a-z][a-z0-9_]{0,39}$'),
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (organization_id, name)
);

CREATE TABLE memberships (
    organization_id bigint NOT NULL REFERENCES organizations ON DELETE CASCADE,
    user_id         bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    role            text NOT NULL CHECK (role IN ('owner', 'manager', 'operator', 'readonly')),
    all_projects    boolean NOT NULL DEFAULT true,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (organization_id, user_id)
);
CREATE INDEX memberships_user ON memberships (user_id);

-- Deferred, so that an organization can go with all that it has.
CREATE TABLE membership_projects (
    organization_id bigint NOT NULL,
    user_id         bigint NOT NULL,
    project_id      bigint NOT NULL,
    PRIMARY KEY (organization_id, user_id, project_id),
    FOREIGN KEY (organization_id, user_id) REFERENCES memberships ON DELETE CASCADE,
    FOREIGN KEY (organization_id, project_id) REFERENCES projects (organization_id, id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX membership_projects_project ON membership_projects (organization_id, project_id);

CREATE TABLE service_accounts (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id bigint NOT NULL REFERENCES organizations ON DELETE CASCADE,
    name            text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 80),
    description     text NOT NULL DEFAULT '',
    role            text NOT NULL CHECK (role IN ('manager', 'operator', 'readonly')),
    all_projects    boolean NOT NULL DEFAULT false,
    permissions     jsonb CHECK (jsonb_typeof(permissions) = 'object'),
    created_at      timestamptz NOT NULL,
    disabled_at     timestamptz,
    deleted_at      timestamptz,
    UNIQUE (organization_id, id)
);
CREATE UNIQUE INDEX service_accounts_name_key ON service_accounts (organization_id, name) WHERE deleted_at IS NULL;

CREATE TABLE service_account_projects (
    organization_id    bigint NOT NULL,
    service_account_id bigint NOT NULL,
    project_id         bigint NOT NULL,
    PRIMARY KEY (service_account_id, project_id),
    FOREIGN KEY (organization_id, service_account_id) REFERENCES service_accounts (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, project_id) REFERENCES projects (organization_id, id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX service_account_projects_project ON service_account_projects (organization_id, project_id);

-- One row for one token of any kind. What it may do is its own (oat), its account's (sat) or its holder's (pat).
CREATE TABLE tokens (
    id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind               text NOT NULL CHECK (kind IN ('oat', 'sat', 'pat')),
    organization_id    bigint REFERENCES organizations ON DELETE CASCADE,
    service_account_id bigint,
    user_id            bigint REFERENCES users ON DELETE CASCADE,
    name               text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 80),
    role               text CHECK (role IN ('manager', 'operator', 'readonly')),
    all_projects       boolean NOT NULL DEFAULT false,
    permissions        jsonb CHECK (jsonb_typeof(permissions) = 'object'),
    may_rotate_itself  boolean NOT NULL DEFAULT false,
    -- The hint of the current secret, so that a list is one query.
    hint               text NOT NULL,
    expires_at         timestamptz,
    -- When the expiry was last decided: a policy's lifetime is counted from here.
    expiry_set_at      timestamptz NOT NULL,
    created_at         timestamptz NOT NULL,
    created_by         bigint REFERENCES users ON DELETE SET NULL,
    disabled_at        timestamptz,
    disabled_by        bigint REFERENCES users ON DELETE SET NULL,
    revoked_at         timestamptz,
    revoked_by         bigint REFERENCES users ON DELETE SET NULL,
    last_used_at       timestamptz,
    last_used_address  inet,
    last_used_agent    text,
    CHECK ((kind = 'oat') = (role IS NOT NULL)),
    CHECK ((kind = 'pat') = (user_id IS NOT NULL)),
    CHECK ((kind = 'pat') = (organization_id IS NULL)),
    CHECK ((kind = 'sat') = (service_account_id IS NOT NULL)),
    FOREIGN KEY (organization_id, service_account_id) REFERENCES service_accounts (organization_id, id) ON DELETE CASCADE,
    UNIQUE (organization_id, id)
);
CREATE UNIQUE INDEX tokens_name_in_organization ON tokens (organization_id, name) WHERE kind = 'oat' AND revoked_at IS NULL;
CREATE UNIQUE INDEX tokens_name_in_account ON tokens (service_account_id, name) WHERE kind = 'sat' AND revoked_at IS NULL;
CREATE UNIQUE INDEX tokens_name_of_user ON tokens (user_id, name) WHERE kind = 'pat' AND revoked_at IS NULL;
-- One index an order of the list; the id settles ties, so a key names one place.
CREATE INDEX tokens_by_use ON tokens (organization_id, (coalesce(last_used_at, '-infinity')) DESC, id DESC) WHERE kind = 'oat';
CREATE INDEX tokens_by_name ON tokens (organization_id, (lower(name)), id) WHERE kind = 'oat';
CREATE INDEX tokens_by_expiry ON tokens (organization_id, (coalesce(expires_at, 'infinity')), id) WHERE kind = 'oat';
CREATE INDEX tokens_by_creation ON tokens (organization_id, created_at DESC, id DESC) WHERE kind = 'oat';
-- The rare states, in the order that a list starts with.
CREATE INDEX tokens_disabled ON tokens (organization_id, (coalesce(last_used_at, '-infinity')) DESC, id DESC)
    WHERE kind = 'oat' AND disabled_at IS NOT NULL AND revoked_at IS NULL;
CREATE INDEX tokens_revoked ON tokens (organization_id, (coalesce(last_used_at, '-infinity')) DESC, id DESC)
    WHERE kind = 'oat' AND revoked_at IS NOT NULL;
CREATE INDEX tokens_ending ON tokens (organization_id, expires_at)
    WHERE kind = 'oat' AND revoked_at IS NULL AND disabled_at IS NULL;
CREATE INDEX tokens_past ON tokens (revoked_at) WHERE revoked_at IS NOT NULL;
CREATE INDEX tokens_by_lifetime ON tokens (organization_id, (expires_at - expiry_set_at))
    WHERE kind = 'oat' AND revoked_at IS NULL AND disabled_at IS NULL;
CREATE INDEX tokens_named ON tokens USING gin (name gin_trgm_ops);
CREATE INDEX tokens_name_prefix ON tokens (organization_id, lower(name) text_pattern_ops);
CREATE INDEX tokens_hint_prefix ON tokens (organization_id, hint text_pattern_ops);
CREATE INDEX tokens_created_by ON tokens (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX tokens_disabled_by ON tokens (disabled_by) WHERE disabled_by IS NOT NULL;
CREATE INDEX tokens_revoked_by ON tokens (revoked_by) WHERE revoked_by IS NOT NULL;
CREATE INDEX tokens_of_user ON tokens (user_id, created_at DESC, id DESC) WHERE kind = 'pat';

-- Each rotation adds a generation. Digests of dead secrets stay, so that a dead token is recognised.
CREATE TABLE token_secrets (
    id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token_id           bigint NOT NULL REFERENCES tokens ON DELETE CASCADE,
    generation         integer NOT NULL CHECK (generation > 0),
    digest             bytea NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
    hint               text NOT NULL,
    created_at         timestamptz NOT NULL,
    -- Set by a rotation: until then the old secret works on.
    retires_at         timestamptz,
    last_used_at       timestamptz,
    last_used_address  inet,
    -- Digest of the Idempotency-Key that asked for this generation.
    idempotency_digest bytea,
    UNIQUE (token_id, generation)
);

CREATE TABLE token_projects (
    organization_id bigint NOT NULL,
    token_id        bigint NOT NULL,
    project_id      bigint NOT NULL,
    PRIMARY KEY (token_id, project_id),
    FOREIGN KEY (organization_id, token_id) REFERENCES tokens (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, project_id) REFERENCES projects (organization_id, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX token_projects_project ON token_projects (organization_id, project_id);

-- Use per day (UTC), secret generation and outcome.
CREATE TABLE token_use_days (
    token_id   bigint NOT NULL REFERENCES tokens ON DELETE CASCADE,
    day        date NOT NULL,
    generation integer NOT NULL,
    accepted   bigint NOT NULL DEFAULT 0,
    refused    bigint NOT NULL DEFAULT 0,
    dead       bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (token_id, day, generation)
);

-- Where a token was used from.
CREATE TABLE token_addresses (
    token_id     bigint NOT NULL REFERENCES tokens ON DELETE CASCADE,
    address      inet NOT NULL,
    agent        text NOT NULL,
    calls        bigint NOT NULL DEFAULT 0,
    last_used_at timestamptz NOT NULL,
    PRIMARY KEY (token_id, address, agent)
);

CREATE TABLE sessions (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key_digest   bytea NOT NULL UNIQUE CHECK (octet_length(key_digest) = 32),
    user_id      bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    state        jsonb NOT NULL,
    address      inet,
    agent        text NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id, last_seen_at DESC);
CREATE INDEX sessions_seen ON sessions (last_seen_at);

-- Failed sign-ins by account and by address (as digests): the more, the longer the next one waits.
CREATE TABLE sign_in_failures (
    subject  bytea PRIMARY KEY CHECK (octet_length(subject) = 32),
    failures integer NOT NULL,
    last_at  timestamptz NOT NULL
);
CREATE INDEX sign_in_failures_last ON sign_in_failures (last_at);

CREATE TABLE audit_events (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at              timestamptz NOT NULL,
    -- No reference: the trail outlives what it is about.
    organization_id bigint,
    actor_kind      text NOT NULL CHECK (actor_kind IN ('user', 'token', 'command', 'system')),
    actor_user_id   bigint,
    actor_token_id  bigint,
    actor_name      text NOT NULL,
    action          text NOT NULL,
    subject_kind    text NOT NULL,
    subject_id      bigint,
    subject_name    text NOT NULL,
    detail          jsonb NOT NULL DEFAULT '{}',
    address         inet,
    request_id      uuid
);
CREATE INDEX audit_events_organization ON audit_events (organization_id, id DESC);
CREATE INDEX audit_events_action ON audit_events (organization_id, action, id DESC);
CREATE INDEX audit_events_subject ON audit_events (subject_kind, subject_id, id DESC);
CREATE INDEX audit_events_actor ON audit_events (organization_id, actor_user_id, id DESC);

CREATE FUNCTION audit_events_are_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an audit entry is never changed';
END $$;
CREATE TRIGGER audit_events_are_final BEFORE UPDATE ON audit_events
    FOR EACH ROW EXECUTE FUNCTION audit_events_are_final();
