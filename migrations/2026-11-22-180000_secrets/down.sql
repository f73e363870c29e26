DROP TABLE secret_overrides;
DROP TABLE secret_versions;
DROP TABLE secrets;
DROP TABLE environments;
ALTER TABLE projects DROP COLUMN uuid, DROP COLUMN server_side_encryption;
