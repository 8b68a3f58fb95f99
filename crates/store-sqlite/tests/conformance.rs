//! The durable store under the suite that every store runs. It must never hold a test of its own.

use std::sync::Arc;

use colloq_store::conformance::Subject;
use colloq_store_sqlite::SqliteStore;
use tempfile::TempDir;

async fn open() -> (Subject, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("test.db")).unwrap();
    std::future::ready((Arc::new(store) as Subject, folder)).await
}

colloq_store::conformance!(open);

mod archive {
    use std::sync::Arc;

    use colloq_store::conformance::ArchiveSubject;
    use colloq_store_sqlite::SqliteStore;
    use tempfile::TempDir;

    async fn open() -> (ArchiveSubject, TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("test.db")).unwrap();
        std::future::ready((Arc::new(store) as ArchiveSubject, folder)).await
    }

    colloq_store::conformance_archive!(open);
}
