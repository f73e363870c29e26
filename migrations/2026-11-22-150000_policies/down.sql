DROP INDEX users_by_name, users_named, organizations_by_name, organizations_named;
DROP TABLE password_links;
DROP TRIGGER changed ON users;
CREATE TRIGGER changed AFTER UPDATE ON users FOR EACH ROW
    WHEN ((OLD.email, OLD.name, OLD.disabled_at) IS DISTINCT FROM (NEW.email, NEW.name, NEW.disabled_at))
    EXECUTE FUNCTION changed('u', 'id');
DROP INDEX tokens_of_people, tokens_of_people_by_lifetime;
ALTER TABLE policies DROP COLUMN before_max_lifetime_days, DROP COLUMN before_allow_non_expiring, DROP COLUMN enforced_from;
