//! Tests of the cutting of a body into batches of lines.

use futures_util::stream;

use super::*;

fn lines(chunks: Vec<Vec<u8>>) -> Lines {
    let chunks = chunks.into_iter().map(|chunk| Ok::<_, std::io::Error>(Bytes::from(chunk)));
    Lines::new(Body::from_stream(stream::iter(chunks)))
}

async fn all(mut lines: Lines) -> Result<Vec<Bytes>, Refusal> {
    let mut batches = Vec::new();
    while let Some(batch) = lines.next().await? {
        batches.push(batch);
    }
    Ok(batches)
}

#[tokio::test]
async fn lines_are_whole_wherever_chunks_end() {
    let batches = all(lines(vec![b"{\"te".to_vec(), b"xt\":1}\n{".to_vec(), b"}".to_vec()])).await.expect("they are short");
    assert_eq!(batches.concat(), b"{\"text\":1}\n{}");
    assert!(batches.iter().rev().skip(1).all(|batch| batch.ends_with(b"\n")));
}

#[tokio::test]
async fn nothing_gives_no_batch() {
    assert_eq!(all(lines(Vec::new())).await, Ok(Vec::new()));
}

#[tokio::test]
async fn a_line_is_as_long_as_it_may_be_and_no_longer() {
    let chunks = |bytes: usize| vec![vec![b'x'; bytes / 2], vec![b'x'; bytes - bytes / 2], b"\n{}\n".to_vec()];
    let batches = all(lines(chunks(LINE_BYTES_MAX))).await.expect("it is at the limit");
    assert_eq!(batches.concat().len(), LINE_BYTES_MAX + 4);
    assert_eq!(all(lines(chunks(LINE_BYTES_MAX + 1))).await, Err(too_long()));
}

#[tokio::test]
async fn a_body_that_breaks_off_gives_what_came_whole() {
    let chunks = [Ok(Bytes::from_static(b"{}\n")), Err(std::io::Error::other("gone"))];
    let mut lines = Lines::new(Body::from_stream(stream::iter(chunks)));
    assert_eq!(lines.next().await, Ok(Some(Bytes::from_static(b"{}\n"))));
    assert!(lines.next().await.is_err());
}
