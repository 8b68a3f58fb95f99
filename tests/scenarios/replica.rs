//! A page's replica in front of a host: what it shows at once, and how it comes to agree with what the host decided.

mod between;
mod early;
mod gap;
mod no_replay;
mod offline;
mod optimistic;
mod refused;
mod refuses_itself;
mod rejected;
mod snapshot;

use std::sync::Arc;

use colloq_core::{Id, Message};
use colloq_tests::page::Page;

/// A message as the view holds it.
fn shown(page: &mut Page, id: Id) -> Arc<Message> {
    Arc::clone(page.replica.view().messages.find(id).expect("the view has the message"))
}

fn confirmed(page: &Page, id: Id) -> Arc<Message> {
    Arc::clone(page.replica.confirmed().messages.find(id).expect("the message is confirmed"))
}
