-- Whether an old secret is still in use, and who still tries a dead one.
ALTER TABLE token_secrets
    ADD COLUMN last_used_agent text,
    -- Calls that were made after a newer secret took its place.
    ADD COLUMN late_calls      bigint NOT NULL DEFAULT 0,
    -- The last call that was made with it though it was dead.
    ADD COLUMN tried_at        timestamptz,
    ADD COLUMN tried_address   inet,
    ADD COLUMN tried_agent     text;

-- Of `calls`, those that were not accepted.
ALTER TABLE token_addresses
    ADD COLUMN refused bigint NOT NULL DEFAULT 0,
    ADD COLUMN dead    bigint NOT NULL DEFAULT 0;
