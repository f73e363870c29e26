//! What clients of Phase begin with, and what they manage: `/service/secrets/tokens/` and
//! `/service/public/v1/service-accounts/`. Secrets themselves: `vault`.
mod accounts;
mod keys;
mod published;
mod rotation;
