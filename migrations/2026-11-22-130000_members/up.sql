-- Of the code that an invitation's link carries only the digest is kept.
CREATE TABLE invitations (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id bigint NOT NULL REFERENCES organizations ON DELETE CASCADE,
    digest          bytea NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
    -- Whom it is for; for whoever has the link, where nobody is named.
    email           text CHECK (char_length(email) BETWEEN 3 AND 254),
    role            text NOT NULL CHECK (role IN ('owner', 'manager', 'operator', 'readonly')),
    all_projects    boolean NOT NULL,
    created_at      timestamptz NOT NULL,
    created_by      bigint REFERENCES users ON DELETE SET NULL,
    expires_at      timestamptz NOT NULL,
    accepted_at     timestamptz,
    accepted_by     bigint REFERENCES users ON DELETE SET NULL,
    withdrawn_at    timestamptz,
    CHECK (accepted_at IS NULL OR withdrawn_at IS NULL),
    UNIQUE (organization_id, id)
);
CREATE INDEX invitations_open ON invitations (organization_id, id DESC)
    WHERE accepted_at IS NULL AND withdrawn_at IS NULL;
CREATE INDEX invitations_created_by ON invitations (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX invitations_accepted_by ON invitations (accepted_by) WHERE accepted_by IS NOT NULL;
CREATE INDEX invitations_expired ON invitations (expires_at);

CREATE TABLE invitation_projects (
    organization_id bigint NOT NULL,
    invitation_id   bigint NOT NULL,
    project_id      bigint NOT NULL,
    PRIMARY KEY (invitation_id, project_id),
    FOREIGN KEY (organization_id, invitation_id) REFERENCES invitations (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, project_id) REFERENCES projects (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX invitation_projects_project ON invitation_projects (organization_id, project_id);

-- Who answers for an organization's token: one of its members, or nobody until an owner names one.
ALTER TABLE tokens
    ADD COLUMN steward_id bigint,
    ADD CONSTRAINT tokens_steward_is_member FOREIGN KEY (organization_id, steward_id)
        REFERENCES memberships (organization_id, user_id),
    ADD CHECK (steward_id IS NULL OR kind = 'oat');
UPDATE tokens t SET steward_id = t.created_by FROM memberships m
    WHERE t.kind = 'oat' AND m.organization_id = t.organization_id AND m.user_id = t.created_by;
CREATE INDEX tokens_steward ON tokens (organization_id, steward_id) WHERE steward_id IS NOT NULL;
CREATE INDEX tokens_without_steward ON tokens (organization_id, (coalesce(last_used_at, '-infinity')) DESC, id DESC)
    WHERE kind = 'oat' AND steward_id IS NULL AND revoked_at IS NULL;

CREATE FUNCTION leave_tokens_behind() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE tokens SET steward_id = NULL WHERE organization_id = OLD.organization_id AND steward_id = OLD.user_id;
    RETURN OLD;
END $$;
CREATE TRIGGER leave_tokens_behind BEFORE DELETE ON memberships FOR EACH ROW EXECUTE FUNCTION leave_tokens_behind();

-- A person's token that an owner wants nothing of in their organization.
CREATE TABLE token_blocks (
    organization_id bigint NOT NULL REFERENCES organizations ON DELETE CASCADE,
    token_id        bigint NOT NULL REFERENCES tokens ON DELETE CASCADE,
    blocked_at      timestamptz NOT NULL,
    blocked_by      bigint REFERENCES users ON DELETE SET NULL,
    PRIMARY KEY (organization_id, token_id)
);
CREATE INDEX token_blocks_token ON token_blocks (token_id);
CREATE INDEX token_blocks_blocked_by ON token_blocks (blocked_by) WHERE blocked_by IS NOT NULL;
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE ON token_blocks FOR EACH ROW EXECUTE FUNCTION changed('t', 'token_id');
CREATE TRIGGER emptied AFTER TRUNCATE ON token_blocks EXECUTE FUNCTION all_changed();
