//! Problem documents (RFC 9457) in the words of the module's table, byte for byte as the module writes them.

use bytes::Bytes;
use serde::Serialize;

use super::Answer;
use super::module::CodeRow;

#[derive(Serialize)]
struct Problem<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    code: &'a str,
    detail: &'a str,
    retryable: bool,
}

pub(super) fn row<'a>(table: &'a [CodeRow], code: &str) -> Option<&'a CodeRow> {
    table.iter().find(|row| row.code == code)
}

/// The document of a code and its status. A code that a module does not have is `internal`, or 500 where it has not even that.
pub(super) fn document(table: &[CodeRow], code: &str, detail: Option<&str>) -> (u16, Bytes) {
    let Some(row) = row(table, code).or_else(|| row(table, "internal")) else {
        return (500, Bytes::from_static(b"{}"));
    };
    let problem = Problem {
        r#type: format!("/problems/{}", row.code),
        title: &row.title,
        status: row.status,
        code: &row.code,
        detail: detail.unwrap_or(&row.title),
        retryable: row.retryable,
    };
    (row.status, serde_json::to_vec(&problem).map_or_else(|_| Bytes::from_static(b"{}"), Bytes::from))
}

/// Whether an answer says that there is no such session.
pub(super) fn is_nowhere(answer: &Answer) -> bool {
    answer.status == 404 && crate::problem::code(answer).as_deref() == Some("sessionNotFound")
}
