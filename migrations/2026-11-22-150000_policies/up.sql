-- A policy holds new tokens at once, and those that exist from `enforced_from` on (never, where it is null: then it only
-- warns). Until then they are held to what was enforced before. What was saved so far is enforced.
ALTER TABLE policies
    ADD COLUMN before_max_lifetime_days  integer CHECK (before_max_lifetime_days BETWEEN 1 AND 36500),
    ADD COLUMN before_allow_non_expiring boolean NOT NULL DEFAULT true,
    ADD COLUMN enforced_from             timestamptz DEFAULT 'epoch';
UPDATE policies SET before_max_lifetime_days = max_lifetime_days, before_allow_non_expiring = allow_non_expiring;

-- Who would be blocked: in what order they are shown, and found by how long they live.
CREATE INDEX tokens_of_people ON tokens (id) WHERE kind = 'pat' AND revoked_at IS NULL AND disabled_at IS NULL;
CREATE INDEX tokens_of_people_by_lifetime ON tokens ((expires_at - expiry_set_at))
    WHERE kind = 'pat' AND revoked_at IS NULL AND disabled_at IS NULL;

-- A person's token may be a platform admin's.
DROP TRIGGER changed ON users;
CREATE TRIGGER changed AFTER UPDATE ON users FOR EACH ROW
    WHEN ((OLD.email, OLD.name, OLD.is_admin, OLD.disabled_at) IS DISTINCT FROM (NEW.email, NEW.name, NEW.is_admin, NEW.disabled_at))
    EXECUTE FUNCTION changed('u', 'id');

-- A link with which someone sets a password, once. Of the code that it carries only the digest is kept.
CREATE TABLE password_links (
    digest     bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
    user_id    bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE INDEX password_links_user ON password_links (user_id);
CREATE INDEX password_links_expired ON password_links (expires_at);

-- The directory of users and of organizations: by name, and searched.
CREATE INDEX users_by_name ON users (lower(name), id);
CREATE INDEX users_named ON users USING gin (name gin_trgm_ops, email gin_trgm_ops);
CREATE INDEX organizations_by_name ON organizations (lower(name), id);
CREATE INDEX organizations_named ON organizations USING gin (name gin_trgm_ops, slug gin_trgm_ops);
