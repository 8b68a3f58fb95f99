//! Commands on a host that speaks TLS: it is believed where its certificate is signed by whom the file names, and nowhere else.

use colloq_tests::host::Place;
use rcgen::generate_simple_self_signed;

use crate::stage::{items, run};

#[tokio::test(flavor = "multi_thread")]
async fn a_host_with_tls_is_asked_like_any_other() {
    let place = Place::new();
    let [made, other] = [(); 2].map(|()| generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate"));
    let (cert, key) = (place.write("cert.pem", made.cert.pem()), place.write("tls.pem", made.signing_key.serialize_pem()));
    place.write("other.pem", other.cert.pem());
    place.write("key", "s3cret-s3cret-s3cret-s3cret-s3cret-s3cret");
    let setup = place.setup().env("COLLOQ_KEYS", "ops:s3cret-s3cret-s3cret-s3cret-s3cret-s3cret");
    let host = setup.flag("--tls-cert", &cert).flag("--tls-key", &key).start().await;
    let port = host.address.port();
    let at = |ca: &str| format!("--url https://localhost:{port} --key key{ca}");

    place.write("lines.jsonl", "");
    run(&place, &format!("import lines.jsonl {}", at(" --ca-file cert.pem"))).await.done();
    run(&place, &format!("backup all.backup {}", at(" --ca-file cert.pem"))).await.done();
    assert!(items(&place.path().join("all.backup")).await.is_empty());
    run(&place, &format!("export all.jsonl {}", at(" --ca-file cert.pem"))).await.done();
    run(&place, &format!("inspect {}", at(" --ca-file cert.pem"))).await.done();

    // Whoever else signed it, and those whom the system believes, say nothing of it.
    for ca in [" --ca-file other.pem", ""] {
        let refused = run(&place, &format!("backup other.backup {}", at(ca))).await.refused("unreachable");
        assert!(refused.contains("certificate"), "{refused}");
    }
    run(&place, &format!("backup other.backup {}", at(" --ca-file nowhere.pem"))).await.refused("fileMissing");
    run(&place, &format!("backup other.backup {}", at(" --ca-file key"))).await.refused("fileUnusable");
    run(&place, &format!("backup other.backup --url http://localhost:{port} --ca-file cert.pem")).await.refused("badUrl");
    run(&place, &format!("backup other.backup --url http://localhost:{port}")).await.refused("unreachable");
    host.assert_unbroken();
}
