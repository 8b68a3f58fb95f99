//! What is kept of a session that nobody uses: all of it in one compressed block, to the byte.
//!
//! Entries are JSON that says the same again and again, and short logs say what all logs say: a block is compressed against a text of
//! such words. That text is a guess and no rule. Nothing here knows what an entry means, and other bytes only take more room.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::kept::{CHAIN, Kept, Privates};
use crate::{Head, Snapshot};

/// The words that logs are made of. Whoever changes them changes what blocks in memory are read by, and nothing that lasts.
const WORDS: &[u8] = concat!(
    r#"{"kind":"signedIn","userId":"}]},{"kind":"metadataSet","metadata":{"apiCalls":["#,
    r#"{"kind":"messageStopped","kind":"messageInterrupted","heard":"kind":"messageFailed","error":{"code":"","message":""}"#,
    r#"{"kind":"projectSet","project":{"id":"","name":"","type":"codegen"}},"kind":"issueRecorded","issue":{"id":"","title":"","status":""}"#,
    r#""context":{"activeProject":null,"recentIssues":[],"userPreferences":{"language":"en","responseFormat":"brief"}},"data":{}"#,
    r#""auth":{"state":"authenticated","since":"","generation":1},"clients":{"known":[],"floor":0},"streams":[],"messages":["#,
    r#"{"id":"","type":"user","content":"","timestamp":"2026-01-01T00:00:00.000Z","status":"complete","parts":[{"id":"0","type":"text","text":""#,
    r#""}],"author":{"role":"user","id":""}},{"id":"","title":"","preview":"","lastActivity":"2026-01-01T00:00:00.000Z","messageCount":1,"isActive":true}"#,
    r#"{"schema":1,"version":2,"command":["",1],"stamp":{"now":1767225600000,"actor":{"role":"agent","id":""}},"outcome":"accepted","events":["#,
    r#"{"kind":"messageAppended","message":{"id":"","type":"assistant","status":"streaming","replyTo":""}}]}"#,
    r#"{"schema":1,"version":3,"stamp":{"now":1767225600000,"actor":{"role":"agent","id":""}},"outcome":"accepted","events":["#,
    r#"{"kind":"deltaAppended","message":"","offset":0,"text":""}]}"#,
    r#"{"schema":1,"version":4,"stamp":{"now":1767225600000,"actor":{"role":"agent","id":""}},"outcome":"accepted","events":["#,
    r#"{"kind":"messageCompleted","message":""}]}"#,
    r#"{"id":"","lastActivity":"2026-01-01T00:00:00.000Z","messageCount":0,"isActive":true}"#,
    r#"{"schema":1,"version":1,"stamp":{"now":1767225600000,"actor":{"role":"operator","id":"dev"}},"outcome":"accepted","events":["#,
    r#"{"kind":"sessionCreated","app":"default","id":"","userId":"","title":"","limits":{"idleMs":1800000,"absoluteMs":86400000,"#,
    r#""retainMs":2592000000,"maxMessages":500,"maxContentBytes":1048576}}]}"#,
    r#"{"schema":1,"version":2,"stamp":{"now":1767225600000,"actor":{"role":"user","id":""}},"outcome":"accepted","events":["#,
    r#"{"kind":"messageAppended","message":{"id":"","type":"user","content":""}}]}"#,
)
.as_bytes();

/// See the module's documentation.
#[derive(Debug)]
pub(super) struct Packed(Box<[u8]>);

impl Packed {
    pub(super) fn new(kept: &Kept) -> Self {
        let mut head = Vec::new();
        let (mut texts, mut chains): (Vec<&[u8]>, Vec<&[u8]>) = (vec![&kept.summary, kept.user.as_bytes()], Vec::new());
        let snapshot = kept.snapshot.as_deref();
        let privates = kept.privates.as_deref().into_iter().flatten();
        put(&mut head, kept.floor);
        put(&mut head, snapshot.map_or(0, |snapshot| snapshot.head.version));
        put(&mut head, kept.privates.as_deref().map_or(0, BTreeMap::len) as u64);
        put(&mut head, kept.records.len() as u64);
        for (name, value) in privates {
            texts.extend([name.as_bytes(), value]);
        }
        if let Some(snapshot) = snapshot {
            texts.push(&snapshot.bytes);
            chains.push(&snapshot.head.chain);
        }
        for cell in &kept.records {
            let (chain, text) = cell.split_at(CHAIN);
            texts.push(text);
            chains.push(chain);
        }
        for text in &texts {
            put(&mut head, text.len() as u64);
        }
        // All lengths, then all texts, then what cannot be compressed: so texts that are alike meet without a gap.
        let raw = [head, texts.concat(), chains.concat()].concat();
        let mut block = Vec::with_capacity(raw.len());
        put(&mut block, raw.len() as u64);
        block.extend(lz4_flex::block::compress_with_dict(&raw, WORDS));
        Self(block.into())
    }

    /// All of it, as it was.
    pub(super) fn open(&self) -> Kept {
        let mut block = &self.0[..];
        let raw_bytes = take(&mut block) as usize;
        let raw = lz4_flex::block::decompress_with_dict(block, raw_bytes, WORDS).expect("a block is read as it was written");
        let mut rest = &raw[..];
        let [floor, snapshot, privates, records] = [(); 4].map(|()| take(&mut rest));
        let texts = 2 + 2 * privates + u64::from(snapshot > 0) + records;
        let lengths: Vec<usize> = (0..texts).map(|_| take(&mut rest) as usize).collect();
        let (texts, mut chains) = rest.split_at(lengths.iter().sum());
        let mut at = 0;
        let mut texts = lengths.iter().map(|length| {
            at += length;
            &texts[at - length..at]
        });
        let mut text = move || texts.next().expect("a block has as many texts as it says");
        let mut chain = || {
            let (chain, rest) = chains.split_at(CHAIN);
            chains = rest;
            chain
        };
        let summary = text().into();
        let user = String::from_utf8_lossy(text()).into();
        let private = |_| (String::from_utf8_lossy(text()).into(), text().into());
        let privates: Privates = (0..privates).map(private).collect();
        let snapshot = (snapshot > 0).then(|| {
            let head = Head { version: snapshot, chain: chain().try_into().expect("a chain hash has its length") };
            Box::new(Snapshot { head, bytes: Bytes::copy_from_slice(text()) })
        });
        let records = (0..records).map(|_| [chain(), text()].concat().into()).collect();
        Kept { user, summary, floor, records, snapshot, privates: (!privates.is_empty()).then(|| Box::new(privates)) }
    }
}

/// Puts a number: seven bits a byte, the lowest first.
fn put(out: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn take(input: &mut &[u8]) -> u64 {
    let mut number = 0;
    for shift in (0..).step_by(7) {
        let (byte, rest) = input.split_first().expect("a block holds all of its numbers");
        *input = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(version: u64) -> Box<[u8]> {
        let text = format!(
            r#"{{"schema":1,"version":{version},"stamp":{{"now":{},"actor":{{"role":"user","id":"ada"}}}},"outcome":"accepted","events":[{{"kind":"messageAppended","message":{{"id":"019b76da-a800-7000-8000-{:012x}","type":"user","content":"message {version}"}}}}]}}"#,
            1_770_000_000_000 + version * 977,
            version.wrapping_mul(0x9e37_79b9_7f4a) & 0xffff_ffff_ffff,
        );
        let chain = [version.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes(); CHAIN / 8].concat();
        [&chain[..], text.as_bytes()].concat().into()
    }

    #[test]
    fn numbers_come_back() {
        for number in [0, 1, 0x7f, 0x80, 0x3fff, 0x4000, u64::from(u32::MAX), u64::MAX] {
            let mut bytes = Vec::new();
            put(&mut bytes, number);
            let mut rest = &bytes[..];
            assert_eq!((take(&mut rest), rest), (number, &[][..]));
        }
    }

    #[test]
    fn all_of_it_comes_back() {
        let snapshot = Snapshot { head: Head { version: 7, chain: [3; CHAIN] }, bytes: Bytes::from_static(b"a state") };
        let privates: Privates = [("".into(), (*b"").into()), ("key".into(), [255; 300].into())].into();
        let plain = || Kept { records: (8..40).map(entry).collect(), ..Kept::new() };
        for kept in [
            plain(),
            Kept { user: "ada".into(), summary: (*b"{}").into(), floor: 7, ..plain() },
            Kept { snapshot: Some(Box::new(snapshot)), floor: 3, ..plain() },
            Kept { privates: Some(Box::new(privates)), records: vec![[0; CHAIN].into(), (0..=255).collect()], ..Kept::new() },
            Kept { records: vec![vec![9; 1 << 20].into()], ..Kept::new() },
        ] {
            assert_eq!(Packed::new(&kept).open(), kept);
        }
    }

    #[test]
    fn what_logs_say_takes_little_room() {
        let bytes = |kept: &Kept| kept.records.iter().map(|cell| cell.len() - CHAIN).sum::<usize>();
        let one = Kept { records: vec![entry(2)], ..Kept::new() };
        assert!(bytes(&one) > 200 && Packed::new(&one).0.len() < CHAIN + 110, "{} of {}", Packed::new(&one).0.len(), bytes(&one));
        let many = Kept { records: (1..=50).map(entry).collect(), ..Kept::new() };
        assert!(Packed::new(&many).0.len() < 50 * CHAIN + bytes(&many) / 3, "{} of {}", Packed::new(&many).0.len(), bytes(&many));
    }
}
