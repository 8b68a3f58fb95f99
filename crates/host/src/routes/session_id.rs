//! The id of a session as a door reads it: a `UUIDv7`, and nothing else.

use uuid::{Uuid, Variant};

/// Reads 36 characters; every other spelling of a UUID is refused, so that a session has one address.
pub(crate) fn parse(text: &str) -> Option<Uuid> {
    let id = (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten()?;
    (id.get_version_num() == 7 && id.get_variant() == Variant::RFC4122).then_some(id)
}

/// Makes the id of a new session; `None` where the system gives no entropy.
pub(crate) fn mint(now_ms: u64) -> Option<Uuid> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).ok()?;
    bytes[..6].copy_from_slice(&now_ms.to_be_bytes()[2..]);
    bytes[6] = 0x70 | (bytes[6] & 0x0f);
    bytes[8] = 0x80 | (bytes[8] & 0x3f);
    Some(Uuid::from_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_minted_is_read_and_ordered_by_time() {
        let (early, late) = (mint(1).expect("entropy"), mint(2).expect("entropy"));
        assert_eq!(parse(&early.to_string()), Some(early));
        assert!(early < late);
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "{}",
            "*\n",
            "not-an-id",
            "018f0000-0000-4000-8000-000000000000",
            "018f0000-0000-7000-c000-000000000000",
            "018f000000007000800000000000000000000",
            "{18f0000-0000-7000-8000-00000000000}",
            "018f0000-0000-7000-8000-00000000000\0",
            "urn:uuid:018f0000-0000-7000-8000-000000000000",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
