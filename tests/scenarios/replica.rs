//! A page's replica in front of a host: what it shows at once, and how it comes to agree with what the host decided.

mod between;
mod diverged;
mod early;
mod gap;
mod no_replay;
mod offline;
mod optimistic;
mod refused;
mod refuses_itself;
mod rejected;
mod shares;
mod snapshot;

use colloq_core::Id;
use colloq_tests::page::Page;

/// A message as the view holds it: its JSON, with the time that the page gave it or the host's.
fn shown(page: &mut Page, id: Id) -> String {
    page.replica.view().message(id).expect("the view has the message").json().into_owned()
}

fn confirmed(page: &Page, id: Id) -> String {
    page.replica.confirmed().message(id).expect("the message is confirmed").json().into_owned()
}
