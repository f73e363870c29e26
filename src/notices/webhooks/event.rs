//! What a webhook can be told of.
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[schema(as = WebhookEvent)]
pub enum Event {
    #[serde(rename = "token.created")]
    Created,
    #[serde(rename = "token.rotated")]
    Rotated,
    #[serde(rename = "token.revoked")]
    Revoked,
    #[serde(rename = "token.expiring")]
    Expiring,
    #[serde(rename = "token.dead_used")]
    DeadUsed,
}

impl Event {
    pub const ALL: [Self; 5] =
        [Self::Created, Self::Rotated, Self::Revoked, Self::Expiring, Self::DeadUsed];

    /// As the triggers that tell of it call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "token.created",
            Self::Rotated => "token.rotated",
            Self::Revoked => "token.revoked",
            Self::Expiring => "token.expiring",
            Self::DeadUsed => "token.dead_used",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.name() == name)
    }

    /// In words, for whoever picks.
    pub fn said(self) -> &'static str {
        match self {
            Self::Created => "A token was created",
            Self::Rotated => "A token has a new secret",
            Self::Revoked => "A token was deleted",
            Self::Expiring => "A token ends in 30, 14, 7, 3 or 1 days",
            Self::DeadUsed => "A dead secret is still tried, told at most once an hour",
        }
    }
}
