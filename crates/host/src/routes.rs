//! The HTTP door: finds the route of a request, who sends it, and what it asks of the engine.
//!
//! It looks into a body only for the ids that it routes by and for tokens, which are the host's own; everything else passes as it came.
//! It decides no right that the module decides; that of a user's sessions as a whole is its own, because no module sees them all.

mod analytics;
mod backup;
mod body;
mod commands;
mod cookie;
mod cors;
mod cursor;
mod documented;
mod etag;
mod events;
mod export;
mod fork;
mod idempotency;
mod import;
mod inbox;
mod lines;
mod list;
mod metrics;
mod openapi;
mod pages;
mod path;
mod private;
mod query;
mod refusal;
mod session;
pub(crate) mod session_id;
mod stream;
mod template;
mod tokens;
mod trace;
mod unread;
mod users;

use std::sync::Arc;
use std::time::Instant;

use axum::BoxError;
use axum::body::Body;
use axum::http::header::{ALLOW, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Request};
use axum::response::Response;
use bytes::Bytes;
use hyper::body::Body as HttpBody;
use opentelemetry::trace::FutureExt as _;
use tracing::Instrument as _;

use crate::auth::Grant;
use crate::clock::now_ms;
use crate::connect;
use crate::gauges::RequestLabels;
use crate::limits;
use crate::reply;
use crate::spans;
use crate::state::AppState;
use crate::visit::{Door, Visit};
use path::Route;
use query::Query;
use refusal::Refusal;
use unread::Unread;

/// Answers a request. This is the whole of the HTTP interface, whatever serves it.
pub(crate) async fn dispatch<B>(state: &AppState, visit: Visit, request: Request<B>) -> Response
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let started = Instant::now();
    let (parts, body) = request.into_parts();
    // Most requests have no body, and an empty one costs no allocation.
    let body = if body.is_end_stream() { Body::empty() } else { Body::new(Unread::new(body)) };
    let (method, route) = (method_name(&parts.method), route_name(parts.uri.path()));
    let parent = trace::parent(&parts.headers);
    let exported = state.engine().spans().map(|spans| spans.begin(parent, method, route));
    let span = trace::span(parent, exported.as_ref(), method, route);
    let answering = answer(state, visit, parts, body);
    let response = match &exported {
        Some(context) => answering.instrument(span.clone()).with_context(context.clone()).await,
        None if span.is_disabled() => answering.await,
        None => answering.instrument(span.clone()).await,
    };
    let (status, took) = (response.status().as_u16(), started.elapsed());
    if let Some(context) = &exported {
        spans::end(context, status);
    }
    span.in_scope(|| tracing::info!(status, took_us = took.as_micros() as u64, "answered"));
    state.engine().gauges().note_request(&RequestLabels { route, method, status }, took);
    response
}

/// What a request's path is called where it is counted; what leads nowhere is one.
fn route_name(path: &str) -> &'static str {
    match Route::parse(path) {
        _ if path == connect::PATH => connect::PATH,
        Some(Route::Console) if !pages::is_in_console(path) => "none",
        Some(route) => {
            debug_assert!(documented::has(route.template()), "{} is not documented", route.template());
            route.template()
        }
        None => "none",
    }
}

fn method_name(method: &Method) -> &'static str {
    const NAMES: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
    NAMES.into_iter().find(|name| *name == method.as_str()).unwrap_or("other")
}

async fn answer(state: &AppState, visit: Visit, mut parts: Parts, body: Body) -> Response {
    if let Err(denied) = state.auth().check_place(&parts.uri, &parts.headers) {
        return Refusal::from(denied).into_response(state.engine());
    }
    if state.is_closing() && !matches!(parts.uri.path(), "/healthz" | "/readyz") {
        return Refusal::with("overloaded", "The host is going down.").into_response(state.engine());
    }
    let origin = match state.auth().origin(&parts.headers) {
        Some(_) => parts.headers.get(ORIGIN).cloned(),
        None => None,
    };
    let client = limits::client(visit.peer, &parts.headers, state.proxies());
    let mut response = if let Err(wait) = state.limits().check_address(client) {
        Refusal::from(wait).into_response(state.engine())
    } else if parts.method == Method::OPTIONS {
        cors::preflight(origin.as_ref())
    } else if parts.uri.path() == connect::PATH {
        connect::upgrade(state, &mut parts).await
    } else {
        route(state, visit, &parts, body).await
    };
    if let Some(origin) = origin {
        cors::open(response.headers_mut(), origin, state.auth().has_cookies());
    }
    if visit.is_tls || limits::is_secure(visit.peer, &parts.headers, state.proxies()) {
        reply::pin_to_tls(response.headers_mut());
    }
    response
}

async fn route(state: &AppState, visit: Visit, parts: &Parts, body: Body) -> Response {
    let engine = state.engine();
    let Some(route) = Route::parse(parts.uri.path()) else {
        return Refusal::new("notFound").into_response(engine);
    };
    if route == Route::Console && !pages::is_in_console(parts.uri.path()) {
        return Refusal::new("notFound").into_response(engine);
    }
    if visit.door == Door::Public && route.is_for_operators() {
        return Refusal::new("notFound").into_response(engine);
    }
    if !route.takes(&parts.method) {
        let mut response = Refusal::new("methodNotAllowed").into_response(engine);
        response.headers_mut().insert(ALLOW, HeaderValue::from_static(route.allow()));
        return response;
    }
    let answered = match route {
        Route::Health => Ok(pages::health()),
        Route::Ready => pages::ready(state).await,
        Route::Metrics => metrics::answer(state, visit, parts),
        Route::OpenApi => Ok(openapi::answer(engine)),
        Route::Problem(code) => pages::problem(engine, code),
        Route::Module(file) => pages::module(engine, file),
        Route::Console => pages::console(parts.uri.path()),
        Route::Sessions
        | Route::User(_)
        | Route::UserSessions(_)
        | Route::UserExport(_)
        | Route::Export
        | Route::Import
        | Route::Backup
        | Route::Restore
        | Route::Analytics
        | Route::Inbox
        | Route::Session(..)
        | Route::Tokens
        | Route::Cookie => authenticated(state, parts, route, body).await,
    };
    answered.unwrap_or_else(|refusal| refusal.into_response(engine))
}

/// A request whose sender is known.
struct Caller<'a> {
    state: &'a AppState,
    grant: Arc<Grant>,
    parts: &'a Parts,
    /// The `Idempotency-Key` of a write.
    key: Option<&'a str>,
}

impl<'a> Caller<'a> {
    /// The method, with `HEAD` as the `GET` whose answer it describes.
    fn method(&self) -> &'a Method {
        if self.parts.method == Method::HEAD { &Method::GET } else { &self.parts.method }
    }

    fn query(&self) -> Query<'a> {
        Query::new(self.parts.uri.query())
    }

    async fn json(&self, body: Body) -> Result<Bytes, Refusal> {
        body::json(&self.parts.headers, body).await
    }
}

async fn authenticated(state: &AppState, parts: &Parts, route: Route<'_>, body: Body) -> Result<Response, Refusal> {
    // The program that holds the host may know by itself who it is.
    let grant = match parts.extensions.get::<Arc<Grant>>() {
        Some(grant) => Arc::clone(grant),
        None => state.auth().authenticate(&parts.headers, now_ms())?,
    };
    state.limits().check(&grant)?;
    let mut caller = Caller { state, grant, parts, key: None };
    if caller.method() != Method::GET {
        caller.key = idempotency::key(&parts.headers)?;
    }
    match route {
        Route::Session(id, part) => session::answer(&caller, id, part, body).await,
        Route::Sessions if parts.method == Method::POST => session::create(&caller, body).await,
        Route::Sessions => list::mine(&caller).await,
        Route::UserSessions(user) if parts.method == Method::DELETE => users::end_all(&caller, user).await,
        Route::UserSessions(user) => list::of_user(&caller, user).await,
        Route::User(user) => users::erase_all(&caller, user).await,
        Route::UserExport(user) => export::answer(&caller, user).await,
        Route::Export => export::all(&caller),
        Route::Backup => backup::give(&caller).await,
        Route::Restore => backup::take(&caller, body).await,
        Route::Import => import::answer(&caller, body).await,
        Route::Analytics => analytics::answer(&caller).await,
        Route::Inbox => inbox::answer(&caller),
        Route::Tokens if parts.method == Method::DELETE => tokens::give_up(&caller).await,
        Route::Tokens => tokens::issue(&caller, body).await,
        Route::Cookie => cookie::answer(&caller).await,
        _ => Err(Refusal::new("notFound")),
    }
}
