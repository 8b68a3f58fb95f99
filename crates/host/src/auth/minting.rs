//! Tokens without a host: whoever may open the store has all that it holds already, and so may make one by its secret.

use colloq_store::{Store, StoreError};

use super::{Auth, Grant, IssueError, Issued, ServerKeys, Source, TokenRequest};
use crate::engine::{Identity, Role};

/// A token that every host of a store takes.
///
/// # Errors
/// Why the store did not answer, and inside of that why there is no such token.
pub async fn issue_by_store(
    store: &dyn Store,
    app: &str,
    request: TokenRequest,
    now_ms: u64,
) -> Result<Result<Issued, IssueError>, StoreError> {
    let mut fresh = [0; 32];
    getrandom::fill(&mut fresh).map_err(|error| StoreError::Unavailable(error.to_string()))?;
    let auth = Auth::with_keys(ServerKeys::default(), Vec::new());
    auth.set_secret(&store.secret(fresh).await?);
    // Whoever was just signed out everywhere may be let in again, by a token that is younger than that.
    auth.revoke(store.revocations(now_ms).await?);
    let identity = Identity::new(app, Role::Operator, "store");
    let by = Grant { identity, sessions: None, issued_ms: 0, expires_ms: None, source: Source::Key, id: [0; 16] };
    Ok(auth.issue(&by, request, now_ms))
}
