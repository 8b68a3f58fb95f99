//! How keys are named, and how rows of the indexes are written.
//!
//! All keys of a session share a hash tag, and so stand on one node. Indexes have tags of their own. A name never holds a byte that
//! could end a tag: what is not plain is percent-encoded.

use std::fmt::Write as _;
use std::sync::Arc;

use colloq_store::{Key, Topic};

/// Deadlines and waiting messages are spread over so many keys, so that no node has them all. It is part of the layout.
pub(crate) const BUCKETS: u8 = 16;

/// The names in one store.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    prefix: Arc<str>,
}

/// The keys of one session.
pub(crate) struct SessionKeys {
    pub(crate) session: String,
    pub(crate) log: String,
    pub(crate) snapshot: String,
    pub(crate) private: String,
}

impl SessionKeys {
    pub(crate) fn all(&self) -> [&str; 4] {
        [&self.session, &self.log, &self.snapshot, &self.private]
    }
}

impl Keys {
    pub(crate) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.into() }
    }

    pub(crate) fn layout(&self) -> String {
        format!("{}:layout", self.prefix)
    }

    /// Where the lowest schema stands.
    pub(crate) fn schema_min(&self) -> String {
        format!("{}:schema", self.prefix)
    }

    /// What the own keys of all sessions match, and little else.
    pub(crate) fn pattern(&self) -> String {
        format!("{}:{{*}}", self.prefix)
    }

    /// The session whose own key it is.
    pub(crate) fn read_session(&self, name: &str) -> Option<Key> {
        let tag = name.strip_prefix(&*self.prefix)?.strip_prefix(":{")?.strip_suffix('}')?;
        let (app, id) = tag.rsplit_once('/')?;
        let mut session = [0; 16];
        for (byte, pair) in session.iter_mut().zip(id.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        let key = Key { app: read_plain(app)?.into(), session };
        (self.session(&key.app, &key.session) == name).then_some(key)
    }

    /// The secret of the doors.
    pub(crate) fn secret(&self) -> String {
        format!("{}:secret", self.prefix)
    }

    /// What is kept under a name.
    pub(crate) fn kept(&self, name: &str) -> String {
        let mut key = format!("{}:kept:{{", self.prefix);
        plain(&mut key, name);
        key.push('}');
        key
    }

    /// Whose tokens are void.
    pub(crate) fn revoked(&self) -> String {
        format!("{}:revoked", self.prefix)
    }

    /// The session's own key, which is also the channel on which is told that it moved.
    pub(crate) fn session(&self, app: &str, session: &[u8; 16]) -> String {
        let mut key = format!("{}:{{", self.prefix);
        plain(&mut key, app);
        key.push('/');
        for byte in session {
            write!(key, "{byte:02x}").expect("a string takes all");
        }
        key.push('}');
        key
    }

    pub(crate) fn of(&self, key: &Key) -> SessionKeys {
        let session = self.session(&key.app, &key.session);
        SessionKeys {
            log: format!("{session}:log"),
            snapshot: format!("{session}:snapshot"),
            private: format!("{session}:private"),
            session,
        }
    }

    /// A user's list, which is also the channel on which is told what changed in it.
    pub(crate) fn list(&self, app: &str, user: &str) -> String {
        let mut key = format!("{}:list:{{", self.prefix);
        plain(&mut key, app);
        key.push('/');
        plain(&mut key, user);
        key.push('}');
        key
    }

    pub(crate) fn due(&self, bucket: u8) -> String {
        format!("{}:due:{{{bucket}}}", self.prefix)
    }

    pub(crate) fn waiting(&self, app: &str, bucket: u8) -> String {
        let mut key = format!("{}:waiting:{{", self.prefix);
        plain(&mut key, app);
        write!(key, "/{bucket}}}").expect("a string takes all");
        key
    }

    /// The channel of a topic.
    pub(crate) fn channel(&self, topic: &Topic) -> String {
        match topic {
            Topic::Session(key) => self.session(&key.app, &key.session),
            Topic::List { app, user } => self.list(app, user),
            Topic::Inbox(app) => {
                let mut key = format!("{}:inbox:{{", self.prefix);
                plain(&mut key, app);
                key.push('}');
                key
            }
        }
    }
}

/// Ids are random in their last bytes.
pub(crate) fn bucket(session: &[u8; 16]) -> u8 {
    session[15] % BUCKETS
}

/// A row of a user's list: the session, and the generation that put it there. Its score is the time of activity.
pub(crate) fn list_row(session: &[u8; 16], generation: u64) -> Vec<u8> {
    [&session[..], &generation.to_be_bytes()].concat()
}

/// A row of the deadlines: the session, the generation, the app. Its score is no later than the deadline.
pub(crate) fn due_row(key: &Key, generation: u64) -> Vec<u8> {
    [&key.session[..], &generation.to_be_bytes(), key.app.as_bytes()].concat()
}

/// A row of those that wait: since when, the session, the generation. All have the same score, and so stand in the order of their bytes.
pub(crate) fn waiting_row(at_ms: u64, session: &[u8; 16], generation: u64) -> Vec<u8> {
    [&at_ms.to_be_bytes()[..], session, &generation.to_be_bytes()].concat()
}

/// A session and a generation out of a row that begins with them.
pub(crate) fn read_row(row: &[u8]) -> Option<([u8; 16], u64)> {
    let (session, rest) = row.split_first_chunk()?;
    Some((*session, u64::from_be_bytes(*rest.first_chunk()?)))
}

fn plain(key: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            key.push(byte.into());
        } else {
            write!(key, "%{byte:02x}").expect("a string takes all");
        }
    }
}

/// What [`plain`] was made of.
fn read_plain(text: &str) -> Option<String> {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte == b'%' {
            let (pair, after) = rest.split_first_chunk::<2>()?;
            bytes.push(u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?);
            rest = after;
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// The slot of a key in a cluster: CRC-16/XMODEM of its hash tag.
pub(crate) fn slot(key: &str) -> u16 {
    let tag = key.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map(|(tag, _)| tag).filter(|tag| !tag.is_empty());
    let mut crc = 0_u16;
    for byte in tag.unwrap_or(key).bytes() {
        crc ^= u16::from(byte) << 8;
        for _ in 0..8 {
            crc = if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 };
        }
    }
    crc % 16_384
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_those_of_the_cluster_specification() {
        assert_eq!((slot("123456789"), slot("foo"), slot("{foo}:log")), (0x31c3, 12_182, 12_182));
        assert_eq!(slot("{}foo"), slot("{}foo"));
        assert_ne!(slot("{}foo"), slot("foo"));
    }

    #[test]
    fn no_name_ends_a_tag_or_is_anothers() {
        let keys = Keys::new("colloq");
        let names = ["a", "a/b", "a}", "{a", "a%2f", "", "a\n", "\u{e9}"];
        let mut seen = std::collections::HashSet::new();
        for app in names {
            for user in names {
                let list = keys.list(app, user);
                assert_eq!((list.matches('{').count(), list.matches('}').count()), (1, 1), "{list}");
                assert!(list.ends_with('}') && list.is_ascii() && seen.insert(list));
            }
        }
        let session = keys.of(&Key { app: "a}b".into(), session: [7; 16] });
        assert!(session.all().iter().all(|key| slot(key) == slot(&session.session)));
        for app in names {
            let key = Key { app: app.into(), session: [0x7f; 16] };
            assert_eq!(keys.read_session(&keys.session(&key.app, &key.session)), Some(key));
        }
        let none = [&session.log, &keys.list("a", "b"), &keys.due(1), &keys.layout()];
        assert!(none.iter().all(|name| keys.read_session(name).is_none()));
    }

    #[test]
    fn rows_come_back() {
        let key = Key { app: "shop".into(), session: [5; 16] };
        assert_eq!(read_row(&list_row(&key.session, 9)), Some((key.session, 9)));
        assert_eq!(read_row(&due_row(&key, 1 << 40)), Some((key.session, 1 << 40)));
        assert_eq!(read_row(&waiting_row(3, &key.session, 8)[8..]), Some((key.session, 8)));
        assert_eq!(read_row(&[1; 20]), None);
    }
}
