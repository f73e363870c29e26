//! Everything that is ever recorded, with the word that stands in the log.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    TokenCreated,
    TokenChanged,
    TokenDisabled,
    TokenEnabled,
    TokenRotated,
    TokenGraceEnded,
    TokenRevoked,
    ProjectCreated,
    ProjectChanged,
    ProjectDeleted,
    ResourceAdded,
    ResourceRemoved,
    OrganizationCreated,
    OrganizationChanged,
    OrganizationSuspended,
    OrganizationResumed,
    PolicyChanged,
    ServiceAccountCreated,
    ServiceAccountChanged,
    ServiceAccountDisabled,
    ServiceAccountEnabled,
    ServiceAccountDeleted,
    MemberAdded,
    MemberChanged,
    MemberRemoved,
    InvitationCreated,
    InvitationWithdrawn,
    PersonalTokenBlocked,
    PersonalTokenUnblocked,
    UserCreated,
    UserChanged,
    UserDisabled,
    UserEnabled,
    AdminAdded,
    AdminRemoved,
    PasswordLinkMade,
    PasswordChanged,
    SessionStarted,
    SessionEnded,
    WebhookCreated,
    WebhookChanged,
    WebhookRotated,
    WebhookPaused,
    WebhookResumed,
    WebhookDeleted,
    WebhookTested,
    DeliveryResent,
    TokenExchanged,
    KeyCreated,
    KeyRotated,
    KeyWithdrawn,
}

impl Action {
    pub const ALL: [Self; 51] = [
        Self::TokenCreated,
        Self::TokenChanged,
        Self::TokenDisabled,
        Self::TokenEnabled,
        Self::TokenRotated,
        Self::TokenGraceEnded,
        Self::TokenRevoked,
        Self::ProjectCreated,
        Self::ProjectChanged,
        Self::ProjectDeleted,
        Self::ResourceAdded,
        Self::ResourceRemoved,
        Self::OrganizationCreated,
        Self::OrganizationChanged,
        Self::OrganizationSuspended,
        Self::OrganizationResumed,
        Self::PolicyChanged,
        Self::ServiceAccountCreated,
        Self::ServiceAccountChanged,
        Self::ServiceAccountDisabled,
        Self::ServiceAccountEnabled,
        Self::ServiceAccountDeleted,
        Self::MemberAdded,
        Self::MemberChanged,
        Self::MemberRemoved,
        Self::InvitationCreated,
        Self::InvitationWithdrawn,
        Self::PersonalTokenBlocked,
        Self::PersonalTokenUnblocked,
        Self::UserCreated,
        Self::UserChanged,
        Self::UserDisabled,
        Self::UserEnabled,
        Self::AdminAdded,
        Self::AdminRemoved,
        Self::PasswordLinkMade,
        Self::PasswordChanged,
        Self::SessionStarted,
        Self::SessionEnded,
        Self::WebhookCreated,
        Self::WebhookChanged,
        Self::WebhookRotated,
        Self::WebhookPaused,
        Self::WebhookResumed,
        Self::WebhookDeleted,
        Self::WebhookTested,
        Self::DeliveryResent,
        Self::TokenExchanged,
        Self::KeyCreated,
        Self::KeyRotated,
        Self::KeyWithdrawn,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::TokenCreated => "token.created",
            Self::TokenChanged => "token.changed",
            Self::TokenDisabled => "token.disabled",
            Self::TokenEnabled => "token.enabled",
            Self::TokenRotated => "token.rotated",
            Self::TokenGraceEnded => "token.grace_ended",
            Self::TokenRevoked => "token.revoked",
            Self::ProjectCreated => "project.created",
            Self::ProjectChanged => "project.changed",
            Self::ProjectDeleted => "project.deleted",
            Self::ResourceAdded => "resource.added",
            Self::ResourceRemoved => "resource.removed",
            Self::OrganizationCreated => "organization.created",
            Self::OrganizationChanged => "organization.changed",
            Self::OrganizationSuspended => "organization.suspended",
            Self::OrganizationResumed => "organization.resumed",
            Self::PolicyChanged => "policy.changed",
            Self::ServiceAccountCreated => "service_account.created",
            Self::ServiceAccountChanged => "service_account.changed",
            Self::ServiceAccountDisabled => "service_account.disabled",
            Self::ServiceAccountEnabled => "service_account.enabled",
            Self::ServiceAccountDeleted => "service_account.deleted",
            Self::MemberAdded => "member.added",
            Self::MemberChanged => "member.changed",
            Self::MemberRemoved => "member.removed",
            Self::InvitationCreated => "invitation.created",
            Self::InvitationWithdrawn => "invitation.withdrawn",
            Self::PersonalTokenBlocked => "personal_token.blocked",
            Self::PersonalTokenUnblocked => "personal_token.unblocked",
            Self::UserCreated => "user.created",
            Self::UserChanged => "user.changed",
            Self::UserDisabled => "user.disabled",
            Self::UserEnabled => "user.enabled",
            Self::AdminAdded => "admin.added",
            Self::AdminRemoved => "admin.removed",
            Self::PasswordLinkMade => "password_link.made",
            Self::PasswordChanged => "password.changed",
            Self::SessionStarted => "session.started",
            Self::SessionEnded => "session.ended",
            Self::WebhookCreated => "webhook.created",
            Self::WebhookChanged => "webhook.changed",
            Self::WebhookRotated => "webhook.rotated",
            Self::WebhookPaused => "webhook.paused",
            Self::WebhookResumed => "webhook.resumed",
            Self::WebhookDeleted => "webhook.deleted",
            Self::WebhookTested => "webhook.tested",
            Self::DeliveryResent => "webhook.resent",
            Self::TokenExchanged => "token.exchanged",
            Self::KeyCreated => "key.created",
            Self::KeyRotated => "key.rotated",
            Self::KeyWithdrawn => "key.withdrawn",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }

    /// Whether it is done in an organization. A person's own affairs are in no organization's log.
    pub fn is_of_organization(self) -> bool {
        !matches!(
            self,
            Self::UserCreated
                | Self::UserChanged
                | Self::UserDisabled
                | Self::UserEnabled
                | Self::AdminAdded
                | Self::AdminRemoved
                | Self::PasswordLinkMade
                | Self::PasswordChanged
                | Self::SessionStarted
                | Self::SessionEnded
                | Self::KeyCreated
                | Self::KeyRotated
                | Self::KeyWithdrawn
        )
    }

    /// As a sentence goes on after the actor's name.
    pub fn said(self) -> &'static str {
        match self {
            Self::TokenCreated => "created the token",
            Self::TokenChanged => "changed the token",
            Self::TokenDisabled => "disabled the token",
            Self::TokenEnabled => "enabled the token",
            Self::TokenRotated => "rotated the secret of",
            Self::TokenGraceEnded => "ended the grace period of",
            Self::TokenRevoked => "deleted the token",
            Self::ProjectCreated => "created the project",
            Self::ProjectChanged => "renamed the project",
            Self::ProjectDeleted => "deleted the project",
            Self::ResourceAdded => "added the resource",
            Self::ResourceRemoved => "removed the resource",
            Self::OrganizationCreated => "created the organization",
            Self::OrganizationChanged => "changed the organization",
            Self::OrganizationSuspended => "suspended the organization",
            Self::OrganizationResumed => "resumed the organization",
            Self::PolicyChanged => "changed the policy of",
            Self::ServiceAccountCreated => "created the service account",
            Self::ServiceAccountChanged => "changed the service account",
            Self::ServiceAccountDisabled => "disabled the service account",
            Self::ServiceAccountEnabled => "enabled the service account",
            Self::ServiceAccountDeleted => "deleted the service account",
            Self::MemberAdded => "added the member",
            Self::MemberChanged => "changed the role of",
            Self::MemberRemoved => "removed the member",
            Self::InvitationCreated => "invited",
            Self::InvitationWithdrawn => "withdrew the invitation of",
            Self::PersonalTokenBlocked => "blocked the personal token",
            Self::PersonalTokenUnblocked => "unblocked the personal token",
            Self::UserCreated => "created the user",
            Self::UserChanged => "changed the profile of",
            Self::UserDisabled => "disabled the user",
            Self::UserEnabled => "enabled the user",
            Self::AdminAdded => "made a platform admin of",
            Self::AdminRemoved => "took the instance from",
            Self::PasswordLinkMade => "made a password link for",
            Self::PasswordChanged => "changed the password of",
            Self::SessionStarted => "signed in",
            Self::SessionEnded => "signed out",
            Self::WebhookCreated => "created the webhook to",
            Self::WebhookChanged => "changed the webhook to",
            Self::WebhookRotated => "rotated the signing secret of the webhook to",
            Self::WebhookPaused => "paused the webhook to",
            Self::WebhookResumed => "resumed the webhook to",
            Self::WebhookDeleted => "deleted the webhook to",
            Self::WebhookTested => "sent a test to the webhook to",
            Self::DeliveryResent => "sent a delivery again to the webhook to",
            Self::TokenExchanged => "exchanged for a JWT the token",
            Self::KeyCreated => "made the first signing key",
            Self::KeyRotated => "published the next signing key",
            Self::KeyWithdrawn => "withdrew the signing key",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_names_one_action() {
        for action in Action::ALL {
            assert_eq!(Action::parse(action.name()), Some(action));
        }
    }
}
