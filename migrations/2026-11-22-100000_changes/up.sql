-- What a verdict on a token rests on, told when it changes: to every instance (NOTIFY, at commit)
-- and to the transaction itself (a setting that lasts as long as it does), so that no path that
-- changes it, not even psql, can forget to say so.
--
-- `t12` is a token, `u7` a user, `o3` an organization, `a9` a service account, `*` is everything.
CREATE FUNCTION tell_change(what text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    told text := coalesce(current_setting('jeton.changes', true), '');
BEGIN
    -- Thousands at once are told as one.
    IF length(told) > 4000 THEN
        what := '*';
    END IF;
    IF what = ANY (string_to_array(told, ' ')) OR right(told, 1) = '*' THEN
        RETURN;
    END IF;
    PERFORM set_config('jeton.changes', ltrim(told || ' ' || what), true);
    PERFORM pg_notify('jeton_changes', what || ' ' || extract(epoch FROM now()));
END $$;

-- Arguments: the letter, and the column of the id.
CREATE FUNCTION changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed jsonb;
BEGIN
    IF TG_OP = 'INSERT' THEN
        changed := to_jsonb(NEW);
    ELSE
        changed := to_jsonb(OLD);
    END IF;
    PERFORM tell_change(coalesce(TG_ARGV[0] || (changed ->> TG_ARGV[1]), '*'));
    RETURN NULL;
END $$;

CREATE FUNCTION all_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM tell_change('*');
    RETURN NULL;
END $$;

-- A new token needs no word: nobody has presented a secret that was not made yet. Neither does use.
CREATE TRIGGER changed AFTER UPDATE ON tokens FOR EACH ROW
    WHEN ((OLD.kind, OLD.organization_id, OLD.service_account_id, OLD.user_id, OLD.name, OLD.role, OLD.all_projects,
           OLD.permissions, OLD.may_rotate_itself, OLD.hint, OLD.expires_at, OLD.expiry_set_at, OLD.disabled_at, OLD.revoked_at)
        IS DISTINCT FROM
          (NEW.kind, NEW.organization_id, NEW.service_account_id, NEW.user_id, NEW.name, NEW.role, NEW.all_projects,
           NEW.permissions, NEW.may_rotate_itself, NEW.hint, NEW.expires_at, NEW.expiry_set_at, NEW.disabled_at, NEW.revoked_at))
    EXECUTE FUNCTION changed('t', 'id');
CREATE TRIGGER gone AFTER DELETE ON tokens FOR EACH ROW EXECUTE FUNCTION changed('t', 'id');
CREATE TRIGGER changed AFTER UPDATE ON token_secrets FOR EACH ROW
    WHEN ((OLD.token_id, OLD.generation, OLD.digest, OLD.retires_at) IS DISTINCT FROM (NEW.token_id, NEW.generation, NEW.digest, NEW.retires_at))
    EXECUTE FUNCTION changed('t', 'token_id');
CREATE TRIGGER gone AFTER DELETE ON token_secrets FOR EACH ROW EXECUTE FUNCTION changed('t', 'token_id');

-- The projects that a token is made with are part of its making.
CREATE FUNCTION token_project_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM tokens WHERE id = NEW.token_id AND xmin <> pg_current_xact_id()::xid) THEN
        PERFORM tell_change('t' || NEW.token_id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER made AFTER INSERT ON token_projects FOR EACH ROW EXECUTE FUNCTION token_project_changed();
CREATE TRIGGER changed AFTER UPDATE OR DELETE ON token_projects FOR EACH ROW EXECUTE FUNCTION changed('t', 'token_id');

CREATE TRIGGER changed AFTER UPDATE ON users FOR EACH ROW
    WHEN ((OLD.email, OLD.name, OLD.disabled_at) IS DISTINCT FROM (NEW.email, NEW.name, NEW.disabled_at))
    EXECUTE FUNCTION changed('u', 'id');
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE ON memberships FOR EACH ROW EXECUTE FUNCTION changed('u', 'user_id');
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE ON membership_projects FOR EACH ROW EXECUTE FUNCTION changed('u', 'user_id');
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE ON policies FOR EACH ROW EXECUTE FUNCTION changed('o', 'organization_id');
CREATE TRIGGER changed AFTER UPDATE ON organizations FOR EACH ROW EXECUTE FUNCTION changed('o', 'id');
CREATE TRIGGER changed AFTER UPDATE ON projects FOR EACH ROW
    WHEN (OLD.project_id IS DISTINCT FROM NEW.project_id) EXECUTE FUNCTION changed('o', 'organization_id');
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE ON resources FOR EACH ROW EXECUTE FUNCTION changed('o', 'organization_id');
CREATE TRIGGER changed AFTER UPDATE ON service_accounts FOR EACH ROW EXECUTE FUNCTION changed('a', 'id');
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE ON service_account_projects FOR EACH ROW EXECUTE FUNCTION changed('a', 'service_account_id');

CREATE TRIGGER emptied AFTER TRUNCATE ON tokens EXECUTE FUNCTION all_changed();
CREATE TRIGGER emptied AFTER TRUNCATE ON token_secrets EXECUTE FUNCTION all_changed();
CREATE TRIGGER emptied AFTER TRUNCATE ON token_projects EXECUTE FUNCTION all_changed();
CREATE TRIGGER emptied AFTER TRUNCATE ON users EXECUTE FUNCTION all_changed();
CREATE TRIGGER emptied AFTER TRUNCATE ON memberships EXECUTE FUNCTION all_changed();
CREATE TRIGGER emptied AFTER TRUNCATE ON membership_projects EXECUTE FUNCTION all_changed();
CREATE TRIGGER emptied AFTER TRUNCATE ON policies EXECUTE FUNCTION all_changed();
CREATE TRIGGER emptied AFTER TRUNCATE ON resources EXECUTE FUNCTION all_changed();
CREATE TRIGGER emptied AFTER TRUNCATE ON service_account_projects EXECUTE FUNCTION all_changed();
