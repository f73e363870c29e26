//! The tables as Diesel sees them. `migrations/` decides; this follows.
mod uses;
mod vault;

pub use uses::{secret_uses, token_addresses, token_use_days, token_uses};
pub use vault::{environments, secret_overrides, secret_versions, secrets};

diesel::table! {
    instance (one) {
        one -> Bool,
        key_check -> Bytea,
    }
}

diesel::table! {
    users (id) {
        id -> BigInt,
        email -> Text,
        name -> Text,
        password_hash -> Nullable<Text>,
        is_admin -> Bool,
        theme -> Text,
        disabled_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    organizations (id) {
        id -> BigInt,
        slug -> Text,
        name -> Text,
        suspended_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    policies (organization_id) {
        organization_id -> Nullable<BigInt>,
        max_lifetime_days -> Nullable<Integer>,
        allow_non_expiring -> Bool,
        before_max_lifetime_days -> Nullable<Integer>,
        before_allow_non_expiring -> Bool,
        enforced_from -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    projects (id) {
        id -> BigInt,
        organization_id -> BigInt,
        project_id -> Text,
        name -> Text,
        created_at -> Timestamptz,
        uuid -> Uuid,
        server_side_encryption -> Bool,
    }
}

diesel::table! {
    resources (organization_id, name) {
        organization_id -> BigInt,
        name -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    memberships (organization_id, user_id) {
        organization_id -> BigInt,
        user_id -> BigInt,
        role -> Text,
        all_projects -> Bool,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    membership_projects (organization_id, user_id, project_id) {
        organization_id -> BigInt,
        user_id -> BigInt,
        project_id -> BigInt,
    }
}

diesel::table! {
    service_accounts (id) {
        id -> BigInt,
        organization_id -> BigInt,
        name -> Text,
        description -> Text,
        role -> Text,
        all_projects -> Bool,
        permissions -> Nullable<Jsonb>,
        created_at -> Timestamptz,
        disabled_at -> Nullable<Timestamptz>,
        deleted_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    service_account_projects (service_account_id, project_id) {
        organization_id -> BigInt,
        service_account_id -> BigInt,
        project_id -> BigInt,
    }
}

diesel::table! {
    invitations (id) {
        id -> BigInt,
        organization_id -> BigInt,
        digest -> Bytea,
        email -> Nullable<Text>,
        role -> Text,
        all_projects -> Bool,
        created_at -> Timestamptz,
        created_by -> Nullable<BigInt>,
        expires_at -> Timestamptz,
        accepted_at -> Nullable<Timestamptz>,
        accepted_by -> Nullable<BigInt>,
        withdrawn_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    invitation_projects (invitation_id, project_id) {
        organization_id -> BigInt,
        invitation_id -> BigInt,
        project_id -> BigInt,
    }
}

diesel::table! {
    tokens (id) {
        id -> BigInt,
        kind -> Text,
        organization_id -> Nullable<BigInt>,
        service_account_id -> Nullable<BigInt>,
        user_id -> Nullable<BigInt>,
        name -> Text,
        role -> Nullable<Text>,
        all_projects -> Bool,
        permissions -> Nullable<Jsonb>,
        may_rotate_itself -> Bool,
        hint -> Text,
        expires_at -> Nullable<Timestamptz>,
        expiry_set_at -> Timestamptz,
        created_at -> Timestamptz,
        created_by -> Nullable<BigInt>,
        disabled_at -> Nullable<Timestamptz>,
        disabled_by -> Nullable<BigInt>,
        revoked_at -> Nullable<Timestamptz>,
        revoked_by -> Nullable<BigInt>,
        steward_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    token_blocks (organization_id, token_id) {
        organization_id -> BigInt,
        token_id -> BigInt,
        blocked_at -> Timestamptz,
        blocked_by -> Nullable<BigInt>,
    }
}

diesel::table! {
    token_secrets (id) {
        id -> BigInt,
        token_id -> BigInt,
        generation -> Integer,
        digest -> Bytea,
        hint -> Text,
        created_at -> Timestamptz,
        retires_at -> Nullable<Timestamptz>,
        idempotency_digest -> Nullable<Bytea>,
        key_share -> Nullable<Text>,
    }
}

diesel::table! {
    token_projects (token_id, project_id) {
        organization_id -> BigInt,
        token_id -> BigInt,
        project_id -> BigInt,
    }
}

diesel::table! {
    sessions (id) {
        id -> BigInt,
        key_digest -> Bytea,
        user_id -> BigInt,
        state -> Jsonb,
        address -> Nullable<Inet>,
        agent -> Text,
        created_at -> Timestamptz,
        last_seen_at -> Timestamptz,
    }
}

diesel::table! {
    sign_in_failures (subject) {
        subject -> Bytea,
        failures -> Integer,
        last_at -> Timestamptz,
    }
}

diesel::table! {
    audit_events (id) {
        id -> BigInt,
        at -> Timestamptz,
        organization_id -> Nullable<BigInt>,
        actor_kind -> Text,
        actor_user_id -> Nullable<BigInt>,
        actor_token_id -> Nullable<BigInt>,
        actor_name -> Text,
        action -> Text,
        subject_kind -> Text,
        subject_id -> Nullable<BigInt>,
        subject_name -> Text,
        detail -> Jsonb,
        address -> Nullable<Inet>,
        request_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    password_links (digest) {
        digest -> Bytea,
        user_id -> BigInt,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    expiry_notices (id) {
        id -> BigInt,
        token_id -> BigInt,
        expires_at -> Timestamptz,
        days -> Integer,
        user_id -> Nullable<BigInt>,
        created_at -> Timestamptz,
        due_at -> Nullable<Timestamptz>,
        attempts -> Integer,
        sent_at -> Nullable<Timestamptz>,
        failure -> Nullable<Text>,
    }
}

diesel::table! {
    webhooks (id) {
        id -> BigInt,
        organization_id -> BigInt,
        url -> Text,
        events -> Array<Text>,
        secret -> Bytea,
        created_at -> Timestamptz,
        paused_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    webhook_deliveries (id) {
        id -> BigInt,
        webhook_id -> BigInt,
        message_id -> Uuid,
        event -> Text,
        body -> Text,
        created_at -> Timestamptz,
        due_at -> Nullable<Timestamptz>,
        attempts -> Integer,
        attempted_at -> Nullable<Timestamptz>,
        delivered_at -> Nullable<Timestamptz>,
        status -> Nullable<Integer>,
        duration_ms -> Nullable<Integer>,
        failure -> Nullable<Text>,
        excerpt -> Nullable<Text>,
    }
}

diesel::table! {
    signing_keys (id) {
        id -> BigInt,
        kid -> Text,
        algorithm -> Text,
        public_key -> Jsonb,
        sealed -> Nullable<Bytea>,
        created_at -> Timestamptz,
        signs_from -> Timestamptz,
        signs_until -> Nullable<Timestamptz>,
        gone_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    account_keys (id) {
        id -> BigInt,
        user_id -> Nullable<BigInt>,
        service_account_id -> Nullable<BigInt>,
        public_key -> Bytea,
        private_key -> Bytea,
        created_at -> Timestamptz,
    }
}

diesel::joinable!(tokens -> organizations (organization_id));
diesel::joinable!(token_secrets -> tokens (token_id));
diesel::joinable!(token_blocks -> organizations (organization_id));
diesel::joinable!(token_projects -> tokens (token_id));
diesel::joinable!(token_projects -> projects (project_id));
diesel::joinable!(token_uses -> tokens (token_id));
diesel::joinable!(memberships -> organizations (organization_id));
diesel::joinable!(memberships -> users (user_id));
diesel::joinable!(invitations -> organizations (organization_id));
diesel::joinable!(membership_projects -> projects (project_id));
diesel::joinable!(service_account_projects -> projects (project_id));
diesel::joinable!(service_account_projects -> service_accounts (service_account_id));
diesel::joinable!(tokens -> service_accounts (service_account_id));
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(expiry_notices -> users (user_id));
diesel::joinable!(webhook_deliveries -> webhooks (webhook_id));
diesel::joinable!(environments -> projects (project_id));
diesel::joinable!(secrets -> environments (environment_id));
diesel::joinable!(secret_versions -> secrets (secret_id));
diesel::joinable!(secret_overrides -> secrets (secret_id));

diesel::allow_tables_to_appear_in_same_query!(
    audit_events,
    environments,
    expiry_notices,
    invitation_projects,
    invitations,
    membership_projects,
    memberships,
    organizations,
    password_links,
    policies,
    projects,
    resources,
    secret_overrides,
    secret_uses,
    secret_versions,
    secrets,
    service_account_projects,
    service_accounts,
    sessions,
    sign_in_failures,
    token_addresses,
    token_blocks,
    token_projects,
    token_secrets,
    token_use_days,
    token_uses,
    tokens,
    users,
    webhook_deliveries,
    webhooks,
);
