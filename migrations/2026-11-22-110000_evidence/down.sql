ALTER TABLE token_addresses DROP COLUMN refused, DROP COLUMN dead;
ALTER TABLE token_secrets
    DROP COLUMN last_used_agent, DROP COLUMN late_calls,
    DROP COLUMN tried_at, DROP COLUMN tried_address, DROP COLUMN tried_agent;
