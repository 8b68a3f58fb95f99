//! The HTTP door: finds the route of a request, who sends it, and what it asks of the engine.
//!
//! It looks into a body only for the ids that it routes by and for tokens, which are the host's own; everything else passes as it came.
//! It decides no right that the module decides; that of a user's sessions as a whole is its own, because no module sees them all.

mod analytics;
mod backup;
mod body;
mod commands;
mod cors;
mod cursor;
mod etag;
mod events;
mod export;
mod fork;
mod idempotency;
mod import;
mod inbox;
mod lines;
mod list;
mod pages;
mod path;
mod private;
mod query;
mod refusal;
mod session;
pub(crate) mod session_id;
mod stream;
mod tokens;
mod unread;
mod users;

use std::sync::Arc;

use axum::BoxError;
use axum::body::Body;
use axum::http::header::{ALLOW, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Request};
use axum::response::Response;
use bytes::Bytes;
use hyper::body::Body as HttpBody;

use crate::auth::Grant;
use crate::clock::now_ms;
use crate::connect;
use crate::state::AppState;
use path::Route;
use query::Query;
use refusal::Refusal;
use unread::Unread;

/// Answers a request. This is the whole of the HTTP interface, whatever serves it.
pub(crate) async fn dispatch<B>(state: &AppState, request: Request<B>) -> Response
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let (parts, body) = request.into_parts();
    // Most requests have no body, and an empty one costs no allocation.
    let body = if body.is_end_stream() { Body::empty() } else { Body::new(Unread::new(body)) };
    answer(state, parts, body).await
}

async fn answer(state: &AppState, mut parts: Parts, body: Body) -> Response {
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
    let mut response = if parts.method == Method::OPTIONS {
        cors::preflight(origin.as_ref())
    } else if parts.uri.path() == connect::PATH {
        connect::upgrade(state, &mut parts).await
    } else {
        route(state, &parts, body).await
    };
    if let Some(origin) = origin {
        cors::open(response.headers_mut(), origin);
    }
    response
}

async fn route(state: &AppState, parts: &Parts, body: Body) -> Response {
    let engine = state.engine();
    let Some(route) = Route::parse(parts.uri.path()) else {
        return Refusal::new("notFound").into_response(engine);
    };
    if route == Route::Console && !pages::is_in_console(parts.uri.path()) {
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
        | Route::Tokens => authenticated(state, parts, route, body).await,
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
        Route::Analytics => analytics::answer(&caller),
        Route::Inbox => inbox::answer(&caller),
        Route::Tokens => tokens::issue(&caller, body).await,
        _ => Err(Refusal::new("notFound")),
    }
}
