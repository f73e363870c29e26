ALTER TABLE token_secrets DROP COLUMN key_share;
DROP TABLE account_keys;
