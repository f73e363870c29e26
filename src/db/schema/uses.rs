//! The record of use.
diesel::table! {
    token_uses (token_id) {
        token_id -> BigInt,
        organization_id -> Nullable<BigInt>,
        last_used_at -> Nullable<Timestamptz>,
        last_used_address -> Nullable<Inet>,
        last_used_agent -> Nullable<Text>,
    }
}

diesel::table! {
    secret_uses (token_id, generation) {
        token_id -> BigInt,
        generation -> Integer,
        last_used_at -> Nullable<Timestamptz>,
        last_used_address -> Nullable<Inet>,
        last_used_agent -> Nullable<Text>,
        late_calls -> BigInt,
        tried_at -> Nullable<Timestamptz>,
        tried_address -> Nullable<Inet>,
        tried_agent -> Nullable<Text>,
    }
}

diesel::table! {
    token_use_days (token_id, day, generation) {
        token_id -> BigInt,
        day -> Date,
        generation -> Integer,
        accepted -> BigInt,
        refused -> BigInt,
        dead -> BigInt,
    }
}

diesel::table! {
    token_addresses (token_id, address, agent) {
        token_id -> BigInt,
        address -> Inet,
        agent -> Text,
        calls -> BigInt,
        last_used_at -> Timestamptz,
        refused -> BigInt,
        dead -> BigInt,
    }
}
