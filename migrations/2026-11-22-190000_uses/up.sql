-- The record of use in tables of its own. It is written every second for every token that is in use: in narrow rows with
-- few indexes that costs a fifth of what it does in `tokens`, and of those who change a token only who disables, revokes
-- or deletes it waits for it.
--
-- Whoever writes it locks the row in `token_uses` first. The others hang on that row, so that nobody who deletes a token
-- meets a writer in the opposite order.
CREATE TABLE token_uses (
    token_id          bigint PRIMARY KEY REFERENCES tokens ON DELETE CASCADE,
    -- Of an organization's own token: the list that it stands in.
    organization_id   bigint,
    last_used_at      timestamptz,
    last_used_address inet,
    last_used_agent   text,
    -- Whether that token was put aside, and how: the lists of those have an index in this order, too.
    aside             text CHECK (aside IN ('disabled', 'revoked'))
) WITH (fillfactor = 80);
CREATE FUNCTION token_aside(token tokens) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN token.kind <> 'oat' THEN NULL WHEN token.revoked_at IS NOT NULL THEN 'revoked'
        WHEN token.disabled_at IS NOT NULL THEN 'disabled' END
$$;
INSERT INTO token_uses
    SELECT id, CASE kind WHEN 'oat' THEN organization_id END, last_used_at, last_used_address, last_used_agent, token_aside(t)
    FROM tokens t;
CREATE INDEX token_uses_by_use ON token_uses (organization_id, (coalesce(last_used_at, '-infinity')) DESC, token_id DESC)
    WHERE organization_id IS NOT NULL;
CREATE INDEX token_uses_aside ON token_uses (organization_id, aside, (coalesce(last_used_at, '-infinity')) DESC, token_id DESC)
    WHERE organization_id IS NOT NULL AND aside IS NOT NULL;

-- Every token has its row from the beginning.
CREATE FUNCTION token_made() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO token_uses (token_id, organization_id, aside)
    VALUES (NEW.id, CASE NEW.kind WHEN 'oat' THEN NEW.organization_id END, token_aside(NEW));
    RETURN NULL;
END $$;
CREATE TRIGGER made AFTER INSERT ON tokens FOR EACH ROW EXECUTE FUNCTION token_made();
CREATE FUNCTION token_put_aside() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE token_uses SET aside = token_aside(NEW) WHERE token_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER put_aside AFTER UPDATE ON tokens FOR EACH ROW
    WHEN (NEW.kind = 'oat' AND (NEW.revoked_at, NEW.disabled_at) IS DISTINCT FROM (OLD.revoked_at, OLD.disabled_at))
    EXECUTE FUNCTION token_put_aside();

-- Of one generation of a token's secrets, from its first use on.
CREATE TABLE secret_uses (
    token_id          bigint NOT NULL REFERENCES token_uses ON DELETE CASCADE,
    generation        integer NOT NULL,
    last_used_at      timestamptz,
    last_used_address inet,
    last_used_agent   text,
    -- Calls that were made after a newer secret took its place.
    late_calls        bigint NOT NULL DEFAULT 0,
    -- The last call that was made with it though it was dead.
    tried_at          timestamptz,
    tried_address     inet,
    tried_agent       text,
    PRIMARY KEY (token_id, generation)
) WITH (fillfactor = 80);
INSERT INTO secret_uses
    SELECT token_id, generation, last_used_at, last_used_address, last_used_agent, late_calls, tried_at, tried_address, tried_agent
    FROM token_secrets WHERE last_used_at IS NOT NULL OR tried_at IS NOT NULL;
DROP TRIGGER tell ON token_secrets;
CREATE TRIGGER tell_of_first AFTER INSERT ON secret_uses FOR EACH ROW
    WHEN (NEW.tried_at IS NOT NULL) EXECUTE FUNCTION tell_of_dead_use();
CREATE TRIGGER tell AFTER UPDATE ON secret_uses FOR EACH ROW
    WHEN (NEW.tried_at IS DISTINCT FROM OLD.tried_at) EXECUTE FUNCTION tell_of_dead_use();

ALTER TABLE token_use_days SET (fillfactor = 80),
    DROP CONSTRAINT token_use_days_token_id_fkey, ADD FOREIGN KEY (token_id) REFERENCES token_uses ON DELETE CASCADE;
ALTER TABLE token_addresses SET (fillfactor = 80),
    DROP CONSTRAINT token_addresses_token_id_fkey, ADD FOREIGN KEY (token_id) REFERENCES token_uses ON DELETE CASCADE;
ALTER TABLE dead_use_notices
    DROP CONSTRAINT dead_use_notices_token_id_fkey, ADD FOREIGN KEY (token_id) REFERENCES token_uses ON DELETE CASCADE;

-- With the columns go the indexes that the orders by last use had.
ALTER TABLE tokens DROP COLUMN last_used_at, DROP COLUMN last_used_address, DROP COLUMN last_used_agent;
CREATE INDEX tokens_disabled ON tokens (organization_id) WHERE kind = 'oat' AND disabled_at IS NOT NULL AND revoked_at IS NULL;
CREATE INDEX tokens_revoked ON tokens (organization_id) WHERE kind = 'oat' AND revoked_at IS NOT NULL;
CREATE INDEX tokens_without_steward ON tokens (organization_id) WHERE kind = 'oat' AND steward_id IS NULL AND revoked_at IS NULL;
ALTER TABLE token_secrets
    DROP COLUMN last_used_at, DROP COLUMN last_used_address, DROP COLUMN last_used_agent,
    DROP COLUMN late_calls, DROP COLUMN tried_at, DROP COLUMN tried_address, DROP COLUMN tried_agent;
