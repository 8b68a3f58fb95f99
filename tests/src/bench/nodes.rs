//! How many nodes of a directory's indexes an operation looks at, among few sessions and among many: what it costs whatever the machine,
//! its caches and its other work. Counted in the native core; the file runs the same code.

use colloq_core::{Actor, Command, Create, Directory, Id, Request, Role, Session, Stamp};

use super::tape::{APP, BEGIN_MS, id};

/// How often an operation is counted.
const TIMES: usize = 1000;
const IDLE_MS: u64 = 30 * 60_000;

/// Nodes that an operation looks at, a mean.
#[derive(Clone, Copy, Debug)]
pub struct Nodes {
    /// Finding a session by its id.
    pub find: f64,
    /// Noting that somebody was active.
    pub touch: f64,
    /// Finding the session that is due next, and taking its deadline off.
    pub expiry: f64,
    /// Letting the least recent session go.
    pub eviction: f64,
}

/// Counts them among so many sessions.
///
/// # Panics
/// If an operation has not the effect that it is counted for.
pub fn count(sessions: usize) -> Nodes {
    let mut directory = Directory::new(sessions, 1);
    let session = created();
    for nth in 0..sessions {
        // Their deadlines come in another order than they do.
        let at = BEGIN_MS + nth as u64 * 7919 % sessions as u64;
        let mut session = session.clone();
        (session.id, session.created_at) = (id(nth), at);
        directory.insert(session, at);
    }
    let times = TIMES.min(sessions / 4);
    let mut count = |work: &mut dyn FnMut(&mut Directory<()>, Id)| {
        let before = directory.visited();
        (0..times).for_each(|nth| work(&mut directory, id(nth * (sessions / times))));
        (directory.visited() - before) as f64 / times as f64
    };
    let find = count(&mut |directory, id| assert!(directory.find(APP, id).is_some()));
    let touch = count(&mut |directory, id| {
        let at = directory.find(APP, id).expect("it is there");
        directory.touch(at, BEGIN_MS + 1);
    });
    let expiry = count(&mut |directory, _| assert!(directory.poll_due(BEGIN_MS + IDLE_MS + sessions as u64).is_some()));
    let eviction = count(&mut |directory, _| {
        let at = directory.least_recent().expect("there is one");
        assert!(directory.remove(at).is_some());
    });
    Nodes { find, touch: touch - find, expiry, eviction }
}

/// A session that exists.
fn created() -> Session {
    let mut directory = Directory::new(1, 1);
    let at = directory.insert(Session::vacant(APP, id(0)), BEGIN_MS);
    let create = Create { user_id: None, title: None, context: None, data: None, limits: None };
    let replica = &mut directory.slot_mut(at).replica;
    let stamp = Stamp::new(BEGIN_MS, Actor::new(Role::User, "ada"));
    replica.submit(Request::from(Command::Create(create)), 0, stamp, ()).expect("it is created");
    replica.poll_append().expect("it has an entry");
    replica.handle_appended();
    replica.confirmed().clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_scans() {
        let (few, many) = (count(100), count(10_000));
        assert!(many.find < 3.0 && many.touch <= 3.0 && many.eviction < few.eviction + 20.0 && many.expiry < few.expiry + 20.0);
    }
}
