//! Calls on paths: which methods there are, what the others hear, and the slash at the end.
use std::collections::BTreeMap;

use actix_web::http::{Method, header};
use actix_web::web::{self, ServiceConfig};
use actix_web::{
    FromRequest, Handler, HttpRequest, HttpResponse, Resource, Responder, Route, guard,
};

use super::Result;
use super::failure::Code;
use super::identity::Caller;
use crate::error::Error;

/// What one method of a path does.
pub struct Way {
    method: Method,
    route: Route,
}

pub fn get<F, Args>(handler: F) -> Way
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    way(Method::GET, handler)
}

pub fn post<F, Args>(handler: F) -> Way
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    way(Method::POST, handler)
}

pub fn put<F, Args>(handler: F) -> Way
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    way(Method::PUT, handler)
}

pub fn patch<F, Args>(handler: F) -> Way
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    way(Method::PATCH, handler)
}

pub fn delete<F, Args>(handler: F) -> Way
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    way(Method::DELETE, handler)
}

fn way<F, Args>(method: Method, handler: F) -> Way
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let route = if method == Method::GET {
        web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
    } else {
        web::route().method(method.clone())
    };
    Way { route: route.to(handler), method }
}

/// The ways of a path that ends with a slash; without it, the way there.
pub fn call<const N: usize>(
    path: &str,
    ways: [Way; N],
) -> impl FnOnce(&mut ServiceConfig) + use<N> {
    let bare: Vec<_> = ways.iter().map(|there| way(there.method.clone(), to_the_slash)).collect();
    let services = [exactly(path, ways), exactly(path.trim_end_matches('/'), bare)];
    move |cfg| {
        for service in services {
            cfg.service(service);
        }
    }
}

/// The ways of a path as it stands. Every other method is told which there are.
pub fn exactly(path: &str, ways: impl IntoIterator<Item = Way>) -> Resource {
    let mut allowed = Vec::new();
    let mut resource = web::resource(path);
    for way in ways {
        allowed.push(if way.method == Method::GET { "GET, HEAD" } else { name(&way.method) });
        resource = resource.route(way.route);
    }
    let allowed = allowed.join(", ");
    resource.default_service(web::to(move || std::future::ready(wrong_method(&allowed))))
}

fn name(method: &Method) -> &'static str {
    match *method {
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "GET",
    }
}

fn wrong_method(allowed: &str) -> HttpResponse {
    let message = format!("this path knows {allowed}");
    let mut answer = Code::MethodNotAllowed.answer(message, BTreeMap::new());
    if let Ok(allowed) = allowed.try_into() {
        answer.headers_mut().insert(header::ALLOW, allowed);
    }
    answer
}

/// 308 keeps the method and the body.
async fn to_the_slash(_: Caller, req: HttpRequest) -> HttpResponse {
    let mut to = format!("{}/", req.path());
    if let Some(query) = req.uri().query() {
        to = format!("{to}?{query}");
    }
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, to)).finish()
}

pub async fn unknown() -> Result<HttpResponse> {
    Err(Error::NotFound("call; GET /api/v2/ lists all there are").into())
}
