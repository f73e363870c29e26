-- The X25519 key pair of whoever has tokens with key material: a person or a service account.
CREATE TABLE account_keys (
    id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id            bigint UNIQUE REFERENCES users ON DELETE CASCADE,
    service_account_id bigint UNIQUE REFERENCES service_accounts ON DELETE CASCADE,
    public_key         bytea NOT NULL CHECK (octet_length(public_key) = 32),
    -- Encrypted under the instance key.
    private_key        bytea NOT NULL,
    created_at         timestamptz NOT NULL,
    CHECK (num_nonnulls(user_id, service_account_id) = 1)
);

-- Half of the holder's private key, wrapped with a key that only the personal secret token carries. Secrets that were
-- made before there were key pairs have none.
ALTER TABLE token_secrets ADD COLUMN key_share text;
