//! Servers that speak TLS: they are believed where their certificate is signed by whom the address names, and nowhere else.

use std::path::{Path, PathBuf};

use colloq_store::conformance::Script;
use colloq_store_redis::RedisStore;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tempfile::TempDir;

use crate::outcomes::open;
use crate::servers::Server;

/// Somebody who signs, and a certificate of theirs, in files.
struct Signed {
    folder: TempDir,
}

impl Signed {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: String| std::fs::write(folder.path().join(name), text).unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // A name of its own: whoever bears the name of who signed it is taken for having signed itself.
        params.distinguished_name.push(DnType::CommonName, "whoever signs");
        let signer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        write("ca.pem", signer.pem());
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["127.0.0.1".to_owned(), "localhost".to_owned()]).unwrap();
        write("cert.pem", params.signed_by(&key, &signer).unwrap().pem());
        write("key.pem", key.serialize_pem());
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A server with this certificate; gives it with the port where it speaks TLS.
    fn serve(&self, options: &[&str]) -> (Server, u16) {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port() % 20_000 + 20_000;
        let (text, files) = (port.to_string(), ["cert.pem", "key.pem", "ca.pem"].map(|name| self.path(name).display().to_string()));
        let mut all = vec!["--tls-port", &text, "--tls-cert-file", &files[0], "--tls-key-file", &files[1], "--tls-ca-cert-file", &files[2]];
        all.extend(options);
        (Server::start(&all), port)
    }
}

fn named(path: &Path) -> String {
    path.display().to_string()
}

async fn writes_and_reads(url: &str) {
    let store = open(url).await;
    for number in 0..8 {
        let mut log = Script::new(number);
        log.append(&store, 3, 10).await;
        log.append(&store, 1, 20).await;
        assert_eq!(log.loaded(&store).await.records, log.records);
    }
    assert_eq!(store.list("shop", "ada", None, 10).await.unwrap().items.len(), 8);
    store.flush().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_with_tls_is_believed_by_its_certificate() {
    let (signed, others) = (Signed::new(), Signed::new());
    let (_server, port) = signed.serve(&["--tls-auth-clients", "no"]);
    let ca = named(&signed.path("ca.pem"));
    writes_and_reads(&format!("rediss://127.0.0.1:{port}?ca={ca}")).await;
    writes_and_reads(&format!("rediss://localhost:{port}?ca={ca}&prefix=other")).await;
    // Another one's word does not count, and neither does anything that the system believes.
    for url in [format!("rediss://127.0.0.1:{port}?ca={}", named(&others.path("ca.pem"))), format!("rediss://127.0.0.1:{port}")] {
        assert!(RedisStore::open(url.parse().unwrap()).await.is_err(), "{url}");
    }
    // Whoever does not speak TLS is not answered there.
    assert!(RedisStore::open(format!("redis://127.0.0.1:{port}?timeout=500").parse().unwrap()).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_with_tls_may_ask_who_comes() {
    let signed = Signed::new();
    let (_server, port) = signed.serve(&["--tls-auth-clients", "yes"]);
    let [ca, cert, key] = ["ca.pem", "cert.pem", "key.pem"].map(|name| named(&signed.path(name)));
    assert!(RedisStore::open(format!("rediss://127.0.0.1:{port}?ca={ca}").parse().unwrap()).await.is_err());
    writes_and_reads(&format!("rediss://127.0.0.1:{port}?ca={ca}&cert={cert}&key={key}")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_cluster_with_tls_is_followed_from_node_to_node() {
    let signed = Signed::new();
    let options = ["--tls-auth-clients", "no", "--tls-cluster", "yes", "--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf"];
    let nodes = [signed.serve(&options), signed.serve(&options)];
    for ((node, _), slots) in nodes.iter().zip([["0", "8191"], ["8192", "16383"]]) {
        assert_eq!(node.ask(&["CLUSTER", "ADDSLOTSRANGE", slots[0], slots[1]]), "OK");
    }
    assert_eq!(nodes[0].0.ask(&["CLUSTER", "MEET", "127.0.0.1", &nodes[1].1.to_string()]), "OK");
    while !nodes.iter().all(|(node, _)| node.ask(&["CLUSTER", "INFO"]).contains("cluster_state:ok")) {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let url = format!("rediss+cluster://127.0.0.1:{}?ca={}", nodes[0].1, named(&signed.path("ca.pem")));
    writes_and_reads(&url).await;
    let keys = nodes.each_ref().map(|(node, _)| node.ask(&["DBSIZE"]));
    assert!(keys.iter().all(|keys| keys != "0"), "both have some: {keys:?}");
}
