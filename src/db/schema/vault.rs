//! The tables of application secrets; apart, so that neither file grows too long.
diesel::table! {
    environments (id) {
        id -> Uuid,
        project_id -> BigInt,
        name -> Text,
        kind -> Text,
        position -> Integer,
        seed -> Bytea,
        salt -> Bytea,
        public_key -> Bytea,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    secrets (id) {
        id -> Uuid,
        environment_id -> Uuid,
        path -> Text,
        key_digest -> Text,
        key -> Text,
        value -> Text,
        comment -> Nullable<Text>,
        tags -> Array<Text>,
        kind -> Text,
        version -> Integer,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        deleted_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    secret_versions (secret_id, version) {
        secret_id -> Uuid,
        version -> Integer,
        path -> Text,
        key_digest -> Text,
        key -> Text,
        value -> Text,
        comment -> Nullable<Text>,
        tags -> Array<Text>,
        kind -> Text,
        written_at -> Timestamptz,
        actor_name -> Text,
        actor_user_id -> Nullable<BigInt>,
        actor_token_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    secret_overrides (id) {
        id -> Uuid,
        secret_id -> Uuid,
        user_id -> BigInt,
        value -> Text,
        is_active -> Bool,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}
