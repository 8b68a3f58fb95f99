//! TLS for a host without a proxy, with a certificate that is replaced while it runs.

use std::net::SocketAddr;
use std::sync::Arc;

use colloq_tests::host::Place;
use rcgen::generate_simple_self_signed;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};

use crate::{KEY, soon};

/// A certificate and its key, as PEM, and the certificate for whoever is to believe it.
fn pair() -> (String, String, CertificateDer<'static>) {
    let made = generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    (made.cert.pem(), made.signing_key.serialize_pem(), made.cert.der().clone())
}

/// What a host answers to whoever believes this certificate.
async fn get(address: SocketAddr, trusted: &CertificateDer<'static>, versions: &[&'static SupportedProtocolVersion]) -> Option<String> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).expect("a certificate");
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider())).with_protocol_versions(versions);
    let config = config.expect("versions").with_root_certificates(roots).with_no_client_auth();
    let stream = TcpStream::connect(address).await.expect("a connection");
    let name = ServerName::try_from("localhost").expect("a name");
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.ok()?;
    let request = format!("GET /v1/sessions HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {KEY}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("it is sent");
    let mut answer = Vec::new();
    // A peer that closes without saying so has said all the same.
    let _ = stream.read_to_end(&mut answer).await;
    Some(String::from_utf8_lossy(&answer).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn s11_tls_pins_itself_and_takes_a_new_certificate() {
    let place = Place::new();
    let (first, second) = (pair(), pair());
    let (certificate, key) = (place.write("cert.pem", &first.0), place.write("key.pem", &first.1));
    let setup = place.setup().env("COLLOQ_KEYS", &format!("web:{KEY}"));
    let host = setup.flag("--tls-cert", &certificate).flag("--tls-key", &key).start().await;
    for versions in [&[&TLS13][..], &[&TLS12]] {
        let answer = get(host.address, &first.2, versions).await.expect("it is believed");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.contains("strict-transport-security: max-age=31536000"), "{answer}");
    }
    assert!(get(host.address, &second.2, &[&TLS13]).await.is_none(), "another certificate is not believed");
    // Whoever speaks plain HTTP gets no answer that could be taken for one.
    let mut plain = TcpStream::connect(host.address).await.expect("a connection");
    plain.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("it is sent");
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP"));

    place.write("key.pem", &second.1);
    place.write("cert.pem", &second.0);
    soon("the new certificate is shown", async || get(host.address, &second.2, &[&TLS13]).await.is_some()).await;
    assert!(get(host.address, &first.2, &[&TLS13]).await.is_none());
    place.write("cert.pem", "nonsense");
    soon("it says so", async || host.log().contains("cannot be used")).await;
    assert!(get(host.address, &second.2, &[&TLS13]).await.is_some(), "what was read before stays in force");
    assert!(!host.log().contains("PRIVATE"));
    host.assert_unbroken();
}
