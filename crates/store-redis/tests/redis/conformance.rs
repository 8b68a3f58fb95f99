//! The shared store under the suite that every store runs: on one server, on a cluster of three primaries with replicas, and on that with
//! every append waited for. It must never hold a test of its own.

use std::sync::Arc;

use crate::servers::{fresh_prefix, shared_cluster, shared_server};
use colloq_store::conformance::{ArchiveSubject, Subject};
use colloq_store_redis::RedisStore;

async fn open(url: String) -> (Subject, ()) {
    let store = RedisStore::open(url.parse().unwrap()).await.unwrap();
    (Arc::new(store), ())
}

async fn open_archive(url: String) -> (ArchiveSubject, ()) {
    let store = RedisStore::open(url.parse().unwrap()).await.unwrap();
    (Arc::new(store), ())
}

mod redis_single_archive {
    use super::{ArchiveSubject, fresh_prefix, shared_server};

    async fn open() -> (ArchiveSubject, ()) {
        super::open_archive(format!("{}?prefix={}", shared_server(), fresh_prefix())).await
    }

    colloq_store::conformance_archive!(open);
}

mod redis_cluster_archive {
    use super::{ArchiveSubject, fresh_prefix, shared_cluster};

    async fn open() -> (ArchiveSubject, ()) {
        super::open_archive(format!("{}?prefix={}&wait=1", shared_cluster(), fresh_prefix())).await
    }

    colloq_store::conformance_archive!(open);
}

mod redis_single {
    use super::{Subject, fresh_prefix, shared_server};

    async fn open() -> (Subject, ()) {
        super::open(format!("{}?prefix={}", shared_server(), fresh_prefix())).await
    }

    colloq_store::conformance!(open);
}

mod redis_cluster {
    use super::{Subject, fresh_prefix, shared_cluster};

    async fn open() -> (Subject, ()) {
        super::open(format!("{}?prefix={}", shared_cluster(), fresh_prefix())).await
    }

    colloq_store::conformance!(open);
}

mod redis_waited_for {
    use super::{Subject, fresh_prefix, shared_cluster};

    async fn open() -> (Subject, ()) {
        super::open(format!("{}?prefix={}&wait=1", shared_cluster(), fresh_prefix())).await
    }

    colloq_store::conformance!(open);
}
