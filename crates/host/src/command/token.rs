//! `colloq token`: makes a short-lived token and prints it, by itself in a line, so that a script can take it.

use std::time::Duration;

use axum::body::Body;
use colloq_host::auth::{TokenRequest, issue_by_store};
use colloq_host::clock::{now_ms, rfc3339};
use colloq_host::config::{TokenOptions, TokenRole};
use colloq_host::engine::Role;
use serde_json::{Value, json};

use super::Failure;
use super::stores::{At, Must, place};

pub(crate) async fn run(options: TokenOptions) -> Result<String, Failure> {
    let ttl_seconds = options.ttl.0.map(|ms| Duration::from_millis(ms).as_secs());
    let ttl_seconds = ttl_seconds.filter(|seconds| (1..=86_400).contains(seconds));
    let ttl_seconds = ttl_seconds.ok_or_else(|| Failure::new("invalid", "--ttl is a second to 24h"))?;
    let (token, expires) = match place(&options.place, Must::Exist).await? {
        At::Host(host) => {
            let mut body = json!({"userId": options.user, "role": options.role.name(), "ttlSeconds": ttl_seconds});
            if !options.sessions.is_empty() {
                body["sessions"] = json!(options.sessions);
            }
            let given = host.post("/v1/tokens", "application/json", Body::from(body.to_string())).await?;
            let given: Value = serde_json::from_slice(&given).unwrap_or_default();
            let text = |key: &str| given[key].as_str().map(str::to_owned);
            text("token").zip(text("expiresAt")).ok_or_else(|| Failure::new("unreachable", "the host gives no token"))?
        }
        At::Store(store) => {
            let role = match options.role {
                TokenRole::User => Role::User,
                TokenRole::Agent => Role::Agent,
                TokenRole::Operator => Role::Operator,
            };
            let sessions = (!options.sessions.is_empty()).then_some(options.sessions);
            let request = TokenRequest { user_id: options.user, role, sessions, generation: None, ttl_seconds: Some(ttl_seconds) };
            let issued = issue_by_store(&*store, &options.app, request, now_ms()).await?;
            let issued = issued.map_err(|why| Failure::new("invalid", format!("there is no such token: {why:?}")))?;
            (issued.token, rfc3339(issued.expires_ms))
        }
    };
    // Where the token alone is wanted, standard error is elsewhere.
    eprintln!("good until {expires}");
    Ok(token)
}
