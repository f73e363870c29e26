//! The refusals of the calls, as the document declares them: each call lists its own.
use std::collections::BTreeMap;

use utoipa::IntoResponses;
use utoipa::openapi::schema::{Object, Type};
use utoipa::openapi::{Content, Header, Ref, RefOr, Response, ResponseBuilder};

type Declared = BTreeMap<String, RefOr<Response>>;

/// Of every call with a token: a credential that is no good, and trouble on our side.
pub enum Always {}

impl IntoResponses for Always {
    fn responses() -> Declared {
        let challenge =
            header("The challenge of RFC 6750; without `error` where no token was sent.");
        let unauthorized = error("There is no token, or it is not good (`UNAUTHORIZED`)")
            .header("WWW-Authenticate", challenge);
        let retry = || header("Seconds after which to try again.");
        let unavailable =
            error("The database does not answer (`UNAVAILABLE`)").header("Retry-After", retry());
        declare([
            ("400", error("Something in the request is wrong; `fields` says what (`BAD_REQUEST`)")),
            ("401", unauthorized),
            ("500", error("Something went wrong on our side (`INTERNAL`)")),
            ("503", unavailable),
        ])
    }
}

pub enum Forbidden {}

impl IntoResponses for Forbidden {
    fn responses() -> Declared {
        let challenge =
            header("The challenge of RFC 6750; `scope` is what would have been enough.");
        let forbidden = error("The token does not reach this far (`FORBIDDEN`)");
        declare([("403", forbidden.header("WWW-Authenticate", challenge))])
    }
}

/// Also where the organization is not the caller's.
pub enum Missing {}

impl IntoResponses for Missing {
    fn responses() -> Declared {
        declare([(
            "404",
            error(
                "There is no such thing in this organization, or no such organization \
                 (`TOKEN_NOT_FOUND`, `SERVICE_ACCOUNT_NOT_FOUND`, `PROJECT_NOT_FOUND`, \
                 `RESOURCE_NOT_FOUND`, `WEBHOOK_NOT_FOUND`, `DELIVERY_NOT_FOUND`, \
                 `ENVIRONMENT_NOT_FOUND`, `SECRET_NOT_FOUND`, \
                 `ORGANIZATION_NOT_FOUND`)",
            ),
        )])
    }
}

pub enum Conflicting {}

impl IntoResponses for Conflicting {
    fn responses() -> Declared {
        declare([("409", error("That cannot be done now; `message` says why (`CONFLICT`)"))])
    }
}

/// Of every call with a body.
pub enum TooLarge {}

impl IntoResponses for TooLarge {
    fn responses() -> Declared {
        declare([("413", error("The body is over 64 KiB (`PAYLOAD_TOO_LARGE`)"))])
    }
}

/// Of a call whose body has a value in it.
pub enum VeryLarge {}

impl IntoResponses for VeryLarge {
    fn responses() -> Declared {
        declare([("413", error("The body is over 8 MiB (`PAYLOAD_TOO_LARGE`)"))])
    }
}

pub fn header(description: &str) -> Header {
    let mut header = Header::new(Object::with_type(Type::String));
    header.description = Some(description.into());
    header
}

fn error(description: &str) -> ResponseBuilder {
    let content = Content::new(Some(Ref::from_schema_name("Error")));
    ResponseBuilder::new().description(description).content("application/json", content)
}

fn declare<const N: usize>(responses: [(&str, ResponseBuilder); N]) -> Declared {
    responses
        .into_iter()
        .map(|(status, response)| (status.to_owned(), response.build().into()))
        .collect()
}
