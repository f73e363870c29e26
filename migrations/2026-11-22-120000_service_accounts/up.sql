-- An account's tokens, the newest first; also how many there are, and their last use.
CREATE INDEX tokens_of_account ON tokens (service_account_id, created_at DESC, id DESC) WHERE kind = 'sat';
CREATE INDEX service_accounts_by_name ON service_accounts (organization_id, lower(name), id) WHERE deleted_at IS NULL;
