//! Reads what servers answer. What is none of the answers that a script gives is damage, and never a panic.

use bytes::Bytes;
use colloq_store::{Head, Record, Snapshot};
use redis::Value;

use crate::error::Fault;

/// The length of a chain hash, which stands before an entry's bytes in its cell.
const CHAIN: usize = 32;

/// An answer, read from its front.
pub(crate) struct Reply {
    values: std::vec::IntoIter<Value>,
}

impl Reply {
    pub(crate) fn new(value: Value) -> Self {
        let values = match value {
            Value::Array(values) => values,
            other => vec![other],
        };
        Self { values: values.into_iter() }
    }

    pub(crate) fn next(&mut self) -> Value {
        self.values.next().unwrap_or_default()
    }

    /// How many are left.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// The word in front: what kind of answer it is.
    pub(crate) fn word(&mut self) -> Result<String, Fault> {
        self.string()?.ok_or_else(|| Fault::strange("it begins with nothing"))
    }

    /// Bytes; `None` for nil.
    pub(crate) fn bytes(&mut self) -> Result<Option<Bytes>, Fault> {
        match self.next() {
            Value::BulkString(bytes) => Ok(Some(bytes.into())),
            Value::SimpleString(text) => Ok(Some(text.into_bytes().into())),
            Value::Int(number) => Ok(Some(number.to_string().into_bytes().into())),
            Value::Nil => Ok(None),
            Value::Okay => Ok(Some(Bytes::from_static(b"OK"))),
            _ => Err(Fault::strange("bytes are missing")),
        }
    }

    /// A text; `None` for nil.
    pub(crate) fn string(&mut self) -> Result<Option<String>, Fault> {
        let bytes = self.bytes()?;
        bytes.map(|bytes| String::from_utf8(bytes.into()).map_err(|_| Fault::strange("a text is not UTF-8"))).transpose()
    }

    /// A number; `None` for nil or an empty text.
    pub(crate) fn number(&mut self) -> Result<Option<u64>, Fault> {
        let text = self.string()?.filter(|text| !text.is_empty());
        text.map(|text| text.parse().map_err(|_| Fault::strange("a number is none"))).transpose()
    }

    pub(crate) fn number_or_zero(&mut self) -> Result<u64, Fault> {
        Ok(self.number()?.unwrap_or(0))
    }

    /// A chain hash; `None` for nil.
    pub(crate) fn chain(&mut self) -> Result<Option<[u8; CHAIN]>, Fault> {
        let bytes = self.bytes()?;
        bytes.map(|bytes| bytes[..].try_into().map_err(|_| Fault::strange("a chain has another length"))).transpose()
    }

    /// An id of 16 bytes; `None` for nil or nothing.
    pub(crate) fn id(&mut self) -> Result<Option<[u8; 16]>, Fault> {
        let bytes = self.bytes()?.filter(|bytes| !bytes.is_empty());
        bytes.map(|bytes| bytes[..].try_into().map_err(|_| Fault::strange("an id has another length"))).transpose()
    }

    /// An answer within this one.
    pub(crate) fn inner(&mut self) -> Result<Self, Fault> {
        match self.next() {
            Value::Array(values) => Ok(Self { values: values.into_iter() }),
            _ => Err(Fault::strange("a list is missing")),
        }
    }

    /// Cells as records, the first at the version behind `after`.
    pub(crate) fn records(&mut self, after: u64) -> Result<Vec<Record>, Fault> {
        let mut cells = self.inner()?;
        let mut records = Vec::with_capacity(cells.len());
        for version in (after + 1..).take(cells.len()) {
            let cell = cells.bytes()?.unwrap_or_default();
            let chain = cell.first_chunk().copied().ok_or_else(|| Fault::strange("a cell is too short"))?;
            records.push(Record { head: Head { version, chain }, bytes: cell.slice(CHAIN..) });
        }
        Ok(records)
    }

    /// A snapshot, where there is one, and the records behind it.
    pub(crate) fn history(&mut self) -> Result<(Option<Snapshot>, Vec<Record>), Fault> {
        let mut inner = self.inner()?;
        let (version, chain, bytes) = (inner.number()?, inner.bytes()?, inner.bytes()?);
        let snapshot = match (version, chain, bytes) {
            (None, _, _) => None,
            (Some(version), Some(chain), Some(bytes)) => {
                let chain = chain[..].try_into().map_err(|_| Fault::strange("a chain has another length"))?;
                Some(Snapshot { head: Head { version, chain }, bytes })
            }
            _ => return Err(Fault::strange("a snapshot is not whole")),
        };
        let after = snapshot.as_ref().map_or(0, |snapshot| snapshot.head.version);
        let records = inner.records(after)?;
        Ok((snapshot, records))
    }
}

/// A value as a text.
pub(crate) fn text(value: &Value) -> Option<&str> {
    match value {
        Value::BulkString(bytes) => std::str::from_utf8(bytes).ok(),
        Value::SimpleString(text) => Some(text),
        _ => None,
    }
}
