//! The standard session: 50 messages of 120 bytes.

/// How many messages it has.
pub const MESSAGES: usize = 50;
/// How many bytes each of them says.
pub const CONTENT_BYTES: usize = 120;

const PROSE: &str = "The build of the second project failed again: two of its tests wait for a port that another test still holds. \
                     Shall I open an issue for it and look at the log of the run before, or do you want to see the diff first? ";

/// What the nth message says: other words in each, always as many bytes.
pub fn content(nth: usize) -> String {
    let text = PROSE.chars().cycle().skip(nth * 7 % PROSE.len());
    text.take(CONTENT_BYTES).collect()
}

/// The nth message as a body that is posted.
pub fn message(nth: usize) -> String {
    format!(r#"{{"type":"user","content":"{}"}}"#, content(nth))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_is_of_the_same_size() {
        for nth in 0..MESSAGES {
            assert_eq!(content(nth).len(), CONTENT_BYTES);
        }
        assert_ne!(content(0), content(1));
    }
}
