ALTER TABLE tokens ADD COLUMN last_used_at timestamptz, ADD COLUMN last_used_address inet, ADD COLUMN last_used_agent text;
UPDATE tokens t SET last_used_at = u.last_used_at, last_used_address = u.last_used_address, last_used_agent = u.last_used_agent
    FROM token_uses u WHERE u.token_id = t.id AND u.last_used_at IS NOT NULL;
DROP INDEX tokens_disabled, tokens_revoked, tokens_without_steward;
CREATE INDEX tokens_by_use ON tokens (organization_id, (coalesce(last_used_at, '-infinity')) DESC, id DESC) WHERE kind = 'oat';
CREATE INDEX tokens_disabled ON tokens (organization_id, (coalesce(last_used_at, '-infinity')) DESC, id DESC)
    WHERE kind = 'oat' AND disabled_at IS NOT NULL AND revoked_at IS NULL;
CREATE INDEX tokens_revoked ON tokens (organization_id, (coalesce(last_used_at, '-infinity')) DESC, id DESC)
    WHERE kind = 'oat' AND revoked_at IS NOT NULL;
CREATE INDEX tokens_without_steward ON tokens (organization_id, (coalesce(last_used_at, '-infinity')) DESC, id DESC)
    WHERE kind = 'oat' AND steward_id IS NULL AND revoked_at IS NULL;

ALTER TABLE token_secrets
    ADD COLUMN last_used_at timestamptz, ADD COLUMN last_used_address inet, ADD COLUMN last_used_agent text,
    ADD COLUMN late_calls bigint NOT NULL DEFAULT 0,
    ADD COLUMN tried_at timestamptz, ADD COLUMN tried_address inet, ADD COLUMN tried_agent text;
UPDATE token_secrets s SET last_used_at = u.last_used_at, last_used_address = u.last_used_address,
    last_used_agent = u.last_used_agent, late_calls = u.late_calls, tried_at = u.tried_at,
    tried_address = u.tried_address, tried_agent = u.tried_agent
    FROM secret_uses u WHERE u.token_id = s.token_id AND u.generation = s.generation;
CREATE TRIGGER tell AFTER UPDATE ON token_secrets FOR EACH ROW
    WHEN (NEW.tried_at IS DISTINCT FROM OLD.tried_at) EXECUTE FUNCTION tell_of_dead_use();

ALTER TABLE token_use_days RESET (fillfactor),
    DROP CONSTRAINT token_use_days_token_id_fkey, ADD FOREIGN KEY (token_id) REFERENCES tokens ON DELETE CASCADE;
ALTER TABLE token_addresses RESET (fillfactor),
    DROP CONSTRAINT token_addresses_token_id_fkey, ADD FOREIGN KEY (token_id) REFERENCES tokens ON DELETE CASCADE;
ALTER TABLE dead_use_notices
    DROP CONSTRAINT dead_use_notices_token_id_fkey, ADD FOREIGN KEY (token_id) REFERENCES tokens ON DELETE CASCADE;
DROP TRIGGER made ON tokens;
DROP TRIGGER put_aside ON tokens;
DROP FUNCTION token_made();
DROP FUNCTION token_put_aside();
DROP FUNCTION token_aside(tokens);
DROP TABLE secret_uses;
DROP TABLE token_uses;
