-- The directory of users and of organizations: by name, and searched.
CREATE INDEX users_by_name ON users (lower(name), id);
CREATE INDEX users_named ON users USING gin (name gin_trgm_ops, email gin_trgm_ops);
CREATE INDEX organizations_by_name ON organizations (lower(name), id);
CREATE INDEX organizations_named ON organizations USING gin (name gin_trgm_ops, slug gin_trgm_ops);
