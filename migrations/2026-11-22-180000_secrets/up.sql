-- A project as published clients know it, and whether the server itself may open what it keeps for them.
ALTER TABLE projects
    ADD COLUMN uuid uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
    ADD COLUMN server_side_encryption boolean NOT NULL DEFAULT false;

-- Every project has three to begin with, made when they are first asked for: their keys are not SQL's to make.
CREATE TABLE environments (
    id         uuid PRIMARY KEY,
    project_id bigint NOT NULL REFERENCES projects ON DELETE CASCADE,
    name       text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 64),
    kind       text NOT NULL CHECK (kind IN ('dev', 'staging', 'prod', 'custom')),
    position   integer NOT NULL,
    -- What its key pair is made of, and what names are digested with: sealed under the instance key.
    seed       bytea NOT NULL,
    salt       bytea NOT NULL,
    public_key bytea NOT NULL CHECK (octet_length(public_key) = 32),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX environments_name_key ON environments (project_id, lower(name));

-- Key, value and comment are closed to the public key of the environment: the very texts that a client made, or that the
-- server made for it. A deleted row stays for a time, so that it can be restored.
CREATE TABLE secrets (
    id             uuid PRIMARY KEY,
    environment_id uuid NOT NULL REFERENCES environments ON DELETE CASCADE,
    path           text NOT NULL CHECK (path LIKE '/%' AND char_length(path) <= 512),
    -- Hexadecimal, as clients have it: under the salt of the environment, so that it says nothing by itself.
    key_digest     text NOT NULL CHECK (key_digest ~ '^[0-9a-f]{64}$'),
    key            text NOT NULL,
    value          text NOT NULL,
    comment        text,
    tags           text[] NOT NULL,
    kind           text NOT NULL CHECK (kind IN ('secret', 'sealed', 'config')),
    version        integer NOT NULL CHECK (version > 0),
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    deleted_at     timestamptz
);
CREATE UNIQUE INDEX secrets_key ON secrets (environment_id, path, key_digest) WHERE deleted_at IS NULL;
CREATE INDEX secrets_by_digest ON secrets (environment_id, key_digest) WHERE deleted_at IS NULL;
CREATE INDEX secrets_page ON secrets (environment_id, id) WHERE deleted_at IS NULL;
-- Of the deleted ones of an environment, and of all where it is deleted itself.
CREATE INDEX secrets_environment ON secrets (environment_id, deleted_at);
CREATE INDEX secrets_deleted ON secrets (deleted_at) WHERE deleted_at IS NOT NULL;

-- What a secret was after each write, and who wrote it. No reference to them: this outlives them.
CREATE TABLE secret_versions (
    secret_id      uuid NOT NULL REFERENCES secrets ON DELETE CASCADE,
    version        integer NOT NULL,
    path           text NOT NULL,
    key_digest     text NOT NULL,
    key            text NOT NULL,
    value          text NOT NULL,
    comment        text,
    tags           text[] NOT NULL,
    kind           text NOT NULL,
    written_at     timestamptz NOT NULL,
    actor_name     text NOT NULL,
    actor_user_id  bigint,
    actor_token_id bigint,
    PRIMARY KEY (secret_id, version)
);

-- What one person sees in the place of the value that everyone has.
CREATE TABLE secret_overrides (
    id         uuid PRIMARY KEY,
    secret_id  uuid NOT NULL REFERENCES secrets ON DELETE CASCADE,
    user_id    bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    value      text NOT NULL,
    is_active  boolean NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (secret_id, user_id)
);
CREATE INDEX secret_overrides_user ON secret_overrides (user_id);
