DROP TABLE audit_events, sign_in_failures, sessions, token_addresses, token_use_days, token_projects, token_secrets,
    tokens, service_account_projects, service_accounts, membership_projects, memberships, resources, projects, policies,
    organizations, users, instance;
DROP FUNCTION audit_events_are_final;
