-- The keys that sign access tokens of the exchange. What state one is in follows from its instants alone, so that every
-- instance agrees without a word: published, signing from `signs_from` until `signs_until`, published until `gone_at`.
CREATE TABLE signing_keys (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kid text NOT NULL UNIQUE,
    algorithm text NOT NULL CHECK (algorithm IN ('ES256', 'RS256')),
    public_key jsonb NOT NULL,
    -- The private half, encrypted under the instance key; erased once it signs no more.
    sealed bytea,
    created_at timestamptz NOT NULL,
    signs_from timestamptz NOT NULL,
    signs_until timestamptz,
    gone_at timestamptz,
    CHECK ((signs_until IS NULL) = (gone_at IS NULL)),
    CHECK (signs_until <= gone_at)
);

-- Whoever keeps keys, or what they signed, reads them again.
CREATE TRIGGER changed AFTER INSERT OR DELETE ON signing_keys FOR EACH ROW EXECUTE FUNCTION all_changed();
CREATE TRIGGER ended AFTER UPDATE ON signing_keys FOR EACH ROW
    WHEN ((OLD.public_key, OLD.signs_from, OLD.signs_until, OLD.gone_at) IS DISTINCT FROM (NEW.public_key, NEW.signs_from, NEW.signs_until, NEW.gone_at))
    EXECUTE FUNCTION all_changed();
CREATE TRIGGER emptied AFTER TRUNCATE ON signing_keys EXECUTE FUNCTION all_changed();
