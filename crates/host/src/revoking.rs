//! Signing out, at every host of a store: who is signed out here is written into the store, and what others wrote there is taken over.
//!
//! A host looks four times a second where others write to its store as well, so every door and every link knows within a second.

use std::sync::Arc;
use std::time::Duration;

use colloq_store::{REVOCATION_KEPT_MS, Revocation, StoreError};
use tokio::time::sleep;

use crate::auth::{Grant, ServerKeys};
use crate::clock::now_ms;
use crate::engine::EngineError;
use crate::state::{AppState, WeakState};

const LOOK_EVERY: Duration = Duration::from_millis(250);
/// What is looked for again each time: hosts' clocks differ, and a write may take its time.
const OVERLAP_MS: u64 = 60_000;

impl AppState {
    /// Takes what the doors of all hosts share out of the store: the secret that signs tokens, and whose tokens are void. From then on
    /// tokens outlive this process. Where others write there too, it is looked at again and again.
    ///
    /// # Errors
    /// Why the store did not answer.
    pub async fn share(&self) -> Result<(), StoreError> {
        let mut fresh = [0; 32];
        getrandom::fill(&mut fresh).map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let store = self.engine().store();
        self.auth().set_secret(&store.secret(fresh).await?);
        self.take_revocations(now_ms().saturating_sub(REVOCATION_KEPT_MS)).await?;
        if store.is_shared() {
            tokio::spawn(look(self.downgrade()));
        }
        Ok(())
    }

    /// Other server keys from here on; whoever was let in by one that is gone has to leave.
    pub fn set_keys(&self, keys: ServerKeys) {
        self.auth().set_keys(keys);
        self.links().tell_all();
    }

    /// From now on nothing lets in what was made for a user until now. Links of it that are open here are closed at once.
    pub(crate) async fn sign_out(&self, app: &Arc<str>, user: &str) -> Result<(), EngineError> {
        self.revoke(Revocation { at_ms: now_ms(), app: Arc::clone(app), user: user.into(), token: None }).await
    }

    /// From now on a token lets nobody in.
    pub(crate) async fn revoke_token(&self, grant: &Grant) -> Result<(), EngineError> {
        let identity = &grant.identity;
        let (app, user) = (Arc::clone(&identity.app), Arc::clone(&identity.id));
        self.revoke(Revocation { at_ms: now_ms(), app, user, token: Some(grant.id) }).await
    }

    async fn revoke(&self, revocation: Revocation) -> Result<(), EngineError> {
        // Whoever is told that it is done may rely on it after a restart, and at every other host.
        self.engine().store().revoke(revocation.clone()).await?;
        self.engine().gauges().note_revocation();
        self.take(vec![revocation]);
        Ok(())
    }

    async fn take_revocations(&self, since_ms: u64) -> Result<(), StoreError> {
        let found = self.engine().store().revocations(since_ms).await?;
        self.take(found);
        Ok(())
    }

    fn take(&self, revocations: Vec<Revocation>) {
        let changed = self.auth().revoke(revocations);
        self.links().tell(&changed);
    }
}

/// Looks at the store until the state is gone.
async fn look(state: WeakState) {
    let mut is_told = false;
    loop {
        sleep(LOOK_EVERY).await;
        let Some(state) = state.upgrade() else { return };
        match state.take_revocations(now_ms().saturating_sub(OVERLAP_MS)).await {
            Ok(()) => is_told = false,
            Err(error) if !is_told => {
                is_told = true;
                tracing::error!(%error, "the store does not say who signed out at other hosts");
            }
            Err(_) => {}
        }
    }
}
