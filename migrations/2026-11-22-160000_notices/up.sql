-- What is told to people by mail and to programs by webhook, so that each is told once and nothing is forgotten: the
-- rows are the outbox. What has a `due_at` is still to be sent: then, or not before; whoever sends it moves `due_at` on
-- first, so that no other instance does too.

-- That a token ends in so many days. Without a person it is the word to the organization's webhooks.
CREATE TABLE expiry_notices (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token_id   bigint NOT NULL REFERENCES tokens ON DELETE CASCADE,
    -- An end that is moved is announced anew.
    expires_at timestamptz NOT NULL,
    days       integer NOT NULL,
    user_id    bigint REFERENCES users ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    due_at     timestamptz,
    attempts   integer NOT NULL DEFAULT 0,
    sent_at    timestamptz,
    -- Why the last attempt failed, in words for whoever sees the token.
    failure    text
);
CREATE UNIQUE INDEX expiry_notices_once ON expiry_notices (token_id, expires_at, days, coalesce(user_id, 0));
CREATE INDEX expiry_notices_due ON expiry_notices (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX expiry_notices_user ON expiry_notices (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX expiry_notices_past ON expiry_notices (expires_at);
CREATE INDEX tokens_next_to_end ON tokens (expires_at) WHERE revoked_at IS NULL AND disabled_at IS NULL;

-- Where an organization wants to be told of what.
CREATE TABLE webhooks (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id bigint NOT NULL REFERENCES organizations ON DELETE CASCADE,
    url             text NOT NULL CHECK (char_length(url) BETWEEN 1 AND 2000),
    events          text[] NOT NULL CHECK (cardinality(events) > 0),
    -- What signs its deliveries, sealed under the instance key.
    secret          bytea NOT NULL,
    created_at      timestamptz NOT NULL,
    paused_at       timestamptz,
    UNIQUE (organization_id, url)
);

CREATE TABLE webhook_deliveries (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    webhook_id   bigint NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    -- One for each event: the same to every webhook and when it is sent again.
    message_id   uuid NOT NULL,
    event        text NOT NULL,
    -- The very bytes that are signed.
    body         text NOT NULL,
    created_at   timestamptz NOT NULL,
    due_at       timestamptz,
    attempts     integer NOT NULL DEFAULT 0,
    -- The last attempt, and what came of it.
    attempted_at timestamptz,
    delivered_at timestamptz,
    status       integer,
    duration_ms  integer,
    failure      text,
    excerpt      text
);
CREATE INDEX webhook_deliveries_webhook ON webhook_deliveries (webhook_id, id DESC);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_deliveries_past ON webhook_deliveries (created_at);

-- When it was last told that a dead secret of the token is tried: at most once an hour.
CREATE TABLE dead_use_notices (
    token_id bigint PRIMARY KEY REFERENCES tokens ON DELETE CASCADE,
    told_at  timestamptz NOT NULL
);

CREATE FUNCTION rfc3339(at timestamptz) RETURNS text LANGUAGE sql STABLE AS
    $$ SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') $$;

-- Puts an event of a token into the outbox of every webhook that wants it, in the transaction that it is of.
CREATE FUNCTION tell_webhooks(told text, at timestamptz, token bigint, more jsonb) RETURNS void LANGUAGE sql AS $$
    WITH event AS MATERIALIZED (
        SELECT t.organization_id, gen_random_uuid() AS id, json_build_object(
            'type', told,
            'timestamp', rfc3339(at),
            'data', jsonb_build_object(
                'organization', jsonb_build_object('id', o.id, 'slug', o.slug, 'name', o.name),
                'token', jsonb_build_object(
                    'id', t.id, 'kind', t.kind, 'name', t.name,
                    'token', 'jtn_' || t.kind || '_' || t.hint || '...',
                    'service_account_id', t.service_account_id,
                    'created_at', rfc3339(t.created_at), 'expires_at', rfc3339(t.expires_at))) || more)::text AS body
        FROM tokens t JOIN organizations o ON o.id = t.organization_id WHERE t.id = token
    ), wanting AS (
        -- One that is being deleted is waited for, and then left out.
        SELECT w.id FROM webhooks w JOIN event e ON e.organization_id = w.organization_id
        WHERE w.paused_at IS NULL AND told = ANY (w.events)
        FOR KEY SHARE OF w
    )
    INSERT INTO webhook_deliveries (webhook_id, message_id, event, body, created_at, due_at)
    SELECT wanting.id, event.id, told, event.body, at, at FROM wanting, event
$$;

-- Created, rotated and revoked follow from the trail: whatever writes it down, also tells.
CREATE FUNCTION tell_of_deed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM tell_webhooks(NEW.action, NEW.at, NEW.subject_id, jsonb_build_object(
        'actor', jsonb_build_object('kind', NEW.actor_kind, 'name', NEW.actor_name), 'detail', NEW.detail));
    RETURN NULL;
END $$;
CREATE TRIGGER tell AFTER INSERT ON audit_events FOR EACH ROW
    WHEN (NEW.organization_id IS NOT NULL AND NEW.action IN ('token.created', 'token.rotated', 'token.revoked'))
    EXECUTE FUNCTION tell_of_deed();

CREATE FUNCTION tell_of_dead_use() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM tokens t JOIN webhooks w ON w.organization_id = t.organization_id
        WHERE t.id = NEW.token_id AND w.paused_at IS NULL AND 'token.dead_used' = ANY (w.events)
    ) THEN
        RETURN NULL;
    END IF;
    INSERT INTO dead_use_notices AS last (token_id, told_at) VALUES (NEW.token_id, NEW.tried_at)
    ON CONFLICT (token_id) DO UPDATE SET told_at = excluded.told_at
        WHERE last.told_at <= excluded.told_at - interval '1 hour';
    IF FOUND THEN
        PERFORM tell_webhooks('token.dead_used', NEW.tried_at, NEW.token_id, jsonb_build_object(
            'attempt', jsonb_build_object('address', host(NEW.tried_address), 'agent', NEW.tried_agent,
                                          'generation', NEW.generation)));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER tell AFTER UPDATE ON token_secrets FOR EACH ROW
    WHEN (NEW.tried_at IS DISTINCT FROM OLD.tried_at) EXECUTE FUNCTION tell_of_dead_use();
