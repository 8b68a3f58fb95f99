//! Tokens of an identity provider: whose are taken, and every one that is not.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use colloq_tests::host::{Host, Http, Link, Place, new_id};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519};
use serde_json::{Value, json};

use crate::{session, soon};

const ISSUER: &str = "https://login.example";
const SECRET: &str = "a secret that is long enough, 0123456789";

/// A pair of RSA keys that was made for this test and opens nothing.
const RSA_PRIVATE: &str = include_str!("rsa.pem");
const RSA_PUBLIC: &str = include_str!("rsa.pub.pem");

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970").as_secs()
}

fn claims() -> Value {
    json!({"iss": ISSUER, "aud": "colloq", "sub": "ada", "iat": now(), "exp": now() + 600})
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().expect("an object").remove(name);
    claims
}

fn sign(algorithm: Algorithm, key: &EncodingKey, claims: &Value) -> String {
    encode(&Header::new(algorithm), claims, key).expect("it can be signed")
}

fn base64(bytes: impl AsRef<[u8]>) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut out = String::new();
    for chunk in bytes.as_ref().chunks(3) {
        let group = chunk.iter().fold(0_u32, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for at in 0..=chunk.len() {
            out.push(DIGITS[(group >> (18 - 6 * at) & 63) as usize].into());
        }
    }
    out
}

/// A host that takes tokens of one algorithm.
async fn host(place: &Place, algorithm: &str, flag: &str, file: &str) -> Host {
    let setup = place.setup().flag("--jwt-algorithm", algorithm).flag("--jwt-issuer", ISSUER).flag("--jwt-audience", "colloq");
    setup.flag(flag, file).env("COLLOQ_LOG", "trace").start().await
}

async fn is_refused(host: &Host, token: &str, what: &str) {
    let reply = host.http().with_token(token).get("/v1/sessions").await;
    assert_eq!((reply.status, &*reply.code()), (401, "unauthenticated"), "{what}");
    assert!(Link::open(host.address, Some(token), &new_id()).await.is_err(), "{what}, at a link");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_algorithm_lets_its_users_in() {
    let (ec, ed) = (KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256), KeyPair::generate_for(&PKCS_ED25519));
    let (ec, ed) = (ec.expect("a pair"), ed.expect("a pair"));
    let cases = [
        ("HS256", Algorithm::HS256, SECRET.to_owned(), EncodingKey::from_secret(SECRET.as_bytes())),
        ("RS256", Algorithm::RS256, RSA_PUBLIC.to_owned(), EncodingKey::from_rsa_pem(RSA_PRIVATE.as_bytes()).expect("a key")),
        ("ES256", Algorithm::ES256, ec.public_key_pem(), EncodingKey::from_ec_pem(ec.serialize_pem().as_bytes()).expect("a key")),
        ("EdDSA", Algorithm::EdDSA, ed.public_key_pem(), EncodingKey::from_ed_pem(ed.serialize_pem().as_bytes()).expect("a key")),
    ];
    for (name, algorithm, public, private) in cases {
        let place = Place::new();
        let file = place.write("key", public);
        let host = host(&place, name, "--jwt-key", &file).await;
        let ada = host.http().with_token(&sign(algorithm, &private, &claims()));
        let created = ada.post("/v1/sessions", &json!({})).await.expect(201);
        assert_eq!(created["userId"], "ada", "{name}");
        let mut link = Link::open(host.address, ada.bearer(), &new_id()).await.expect("a link");
        link.settle().await.expect("it stands");
        assert_eq!(ada.post("/v1/tokens", &json!({"userId": "eve"})).await.code(), "forbidden", "only a server key makes tokens");
        assert_eq!(host.http().get("/v1/sessions").await.status, 401, "it is no development mode");
        host.assert_unbroken();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s17_no_other_token_is_taken() {
    let place = Place::new();
    let file = place.write("key", RSA_PUBLIC);
    let host = host(&place, "RS256", "--jwt-key", &file).await;
    let key = EncodingKey::from_rsa_pem(RSA_PRIVATE.as_bytes()).expect("a key");
    let good = sign(Algorithm::RS256, &key, &claims());
    host.http().with_token(&good).get("/v1/sessions").await.expect(200);

    let exp = now() + 600;
    for (what, claims) in [
        ("a string exp", with("exp", json!(exp.to_string()))),
        ("no exp", without("exp")),
        ("a null exp", with("exp", Value::Null)),
        ("exp in a list", with("exp", json!([exp]))),
        ("exp of now", with("exp", json!(now()))),
        ("a negative exp", with("exp", json!(-1))),
        ("an exp beyond all time", with("exp", json!(1e300))),
        ("nbf in the future", with("nbf", json!(now() + 60))),
        ("a string nbf", with("nbf", json!("0"))),
        ("a null nbf", with("nbf", Value::Null)),
        ("iat in the future", with("iat", json!(now() + 60))),
        ("iat of the day before yesterday", with("iat", json!(now() - 2 * 86_400))),
        ("no iat and a week of life", {
            let mut claims = without("iat");
            claims["exp"] = json!(now() + 7 * 86_400);
            claims
        }),
        ("another aud", with("aud", json!("other"))),
        ("other auds", with("aud", json!(["other", "colloq.evil.test"]))),
        ("no aud", without("aud")),
        ("an aud that only begins alike", with("aud", json!("colloq2"))),
        ("another iss", with("iss", json!("https://login.example.evil.test"))),
        ("no iss", without("iss")),
        ("an iss in a list", with("iss", json!([ISSUER]))),
        ("no sub", without("sub")),
        ("an empty sub", with("sub", json!(""))),
        ("a sub that breaks lines", with("sub", json!("a\nb"))),
        ("a sub that is a number", with("sub", json!(7))),
        ("an unknown role", with("colloq_role", json!("root"))),
        ("a role that is null", with("colloq_role", Value::Null)),
        ("sessions that are none", with("colloq_sessions", json!(["x"]))),
        ("a generation without sessions", with("colloq_generation", json!(1))),
    ] {
        is_refused(&host, &sign(Algorithm::RS256, &key, &claims), what).await;
    }

    host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn s17_no_other_signature_is_taken() {
    let place = Place::new();
    let file = place.write("key", RSA_PUBLIC);
    let host = host(&place, "RS256", "--jwt-key", &file).await;
    let key = EncodingKey::from_rsa_pem(RSA_PRIVATE.as_bytes()).expect("a key");
    let good = sign(Algorithm::RS256, &key, &claims());
    let payload = base64(claims().to_string());
    let header = |json: &str| base64(json);
    let signature = good.rsplit('.').next().expect("a signature");
    for (what, token) in [
        ("none", format!("{}.{payload}.", header(r#"{"alg":"none","typ":"JWT"}"#))),
        ("none, with a signature", format!("{}.{payload}.{signature}", header(r#"{"alg":"none"}"#))),
        ("None", format!("{}.{payload}.", header(r#"{"alg":"None"}"#))),
        ("the signature of another", format!("{}.{payload}.{signature}", header(r#"{"alg":"RS256"}"#))),
        ("no signature", good.rsplit_once('.').map(|(rest, _)| format!("{rest}.")).expect("three parts")),
        ("two parts", good.rsplit_once('.').map(|(rest, _)| rest.to_owned()).expect("three parts")),
        ("four parts", format!("{good}.x")),
        ("the public key as a secret", sign(Algorithm::HS256, &EncodingKey::from_secret(RSA_PUBLIC.as_bytes()), &claims())),
        ("another algorithm of the same key", sign(Algorithm::RS512, &key, &claims())),
        ("a padding more", sign(Algorithm::PS256, &key, &claims())),
        ("what has to be understood", {
            let header = Header { crit: Some(vec!["exp".into()]), ..Header::new(Algorithm::RS256) };
            encode(&header, &claims(), &key).expect("it can be signed")
        }),
        ("claims twice", format!("{}.{}.{signature}", header(r#"{"alg":"RS256"}"#), base64(r#"{"exp":1,"exp":9999999999}"#))),
    ] {
        is_refused(&host, &token, what).await;
    }
    // A megabyte is refused before it is read to its end.
    let huge = format!("Bearer {}.{payload}.{signature}", "A".repeat(1 << 20));
    if let Ok(reply) = host.http().send("GET", "/v1/sessions", &[("authorization", &huge)], "").await {
        assert_eq!(reply.status, 431);
    }
    is_refused(&host, &format!("{}.{payload}.{signature}", "A".repeat(30 << 10)), "30 KiB of header").await;
    host.http().with_token(&good).get("/v1/sessions").await.expect(200);
    host.assert_unbroken();
    let log = host.log();
    assert!(!log.contains(&good) && !log.contains(signature), "a token is in the log");
}

fn jwk(id: &str, secret: &str) -> Value {
    json!({"kty": "oct", "kid": id, "alg": "HS256", "use": "sig", "k": base64(secret)})
}

fn with_id(id: Option<&str>, secret: &str) -> String {
    let header = Header { kid: id.map(Into::into), ..Header::new(Algorithm::HS256) };
    encode(&header, &claims(), &EncodingKey::from_secret(secret.as_bytes())).expect("it can be signed")
}

async fn status(host: &Host, token: &str) -> u16 {
    host.http().with_token(token).get("/v1/sessions").await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn s17_a_set_of_keys_is_read_again_and_an_unknown_key_is_refused() {
    let place = Place::new();
    let other = "another secret that is long enough 0123456789";
    let rsa = json!({"kty": "RSA", "kid": "c", "alg": "RS256", "n": "AQAB", "e": "AQAB"});
    let file = place.write("set", json!({"keys": [jwk("a", SECRET), jwk("b", other), rsa, {"kty": "what"}, 7]}).to_string());
    let host = host(&place, "HS256", "--jwt-jwks", &file).await;
    assert_eq!(status(&host, &with_id(Some("a"), SECRET)).await, 200);
    assert_eq!(status(&host, &with_id(Some("b"), other)).await, 200);
    for (what, token) in [
        ("another's key", with_id(Some("b"), SECRET)),
        ("an unknown key", with_id(Some("z"), SECRET)),
        ("no key among two", with_id(None, SECRET)),
        ("a key for another algorithm", with_id(Some("c"), SECRET)),
    ] {
        is_refused(&host, &token, what).await;
    }
    place.write("set", json!({"keys": [jwk("b", other)]}).to_string());
    soon("the set is read again", async || status(&host, &with_id(Some("a"), SECRET)).await == 401).await;
    assert_eq!(status(&host, &with_id(Some("b"), other)).await, 200);
    assert_eq!(status(&host, &with_id(None, other)).await, 200, "the only one need not be named");
    place.write("set", "nonsense");
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(status(&host, &with_id(Some("b"), other)).await, 200, "what cannot be used changes nothing");
    assert!(host.log().contains("cannot be used"), "{}", host.log());
    host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn claims_say_role_app_and_sessions() {
    let place = Place::new();
    let file = place.write("key", SECRET);
    let host = host(&place, "HS256", "--jwt-key", &file).await;
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    let http = |claims: &Value| -> Http { host.http().with_token(&sign(Algorithm::HS256, &key, claims)) };
    let ada = http(&claims());
    let (path, hidden) = (session(&ada).await, session(&ada).await);
    let mut bot = with("sub", json!("bot"));
    bot["colloq_role"] = json!("agent");
    bot["colloq_sessions"] = json!([crate::id(&path)]);
    let bot = http(&bot);
    bot.get(&path).await.expect(200);
    assert_eq!(bot.get(&hidden).await.status, 404);
    let mut operator = with("colloq_role", json!("operator"));
    assert_eq!(http(&operator).get("/v1/analytics").await.status, 200);
    operator["colloq_app"] = json!("shop");
    assert_eq!(http(&operator).get(&path).await.status, 404, "another app is another world");
    assert_eq!(ada.send("DELETE", "/v1/users/ada/sessions", &[], "").await.expect("an answer").status, 204);
    assert_eq!(ada.get(&path).await.status, 401, "logged out everywhere, also with a provider's token");
    host.assert_unbroken();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_used_is_said_at_the_start() {
    for (algorithm, file) in [("HS256", "short"), ("RS256", SECRET), ("ES256", RSA_PUBLIC), ("EdDSA", RSA_PUBLIC), ("RS256", RSA_PRIVATE)] {
        let place = Place::new();
        let path = place.write("key", file);
        let setup = place.setup().flag("--jwt-algorithm", algorithm).flag("--jwt-issuer", "i").flag("--jwt-audience", "a");
        let output = setup.flag("--jwt-key", &path).flag("--listen", "127.0.0.1:0").run().await;
        let why = String::from_utf8(output.stderr).expect("text");
        assert!(!output.status.success() && why.contains("cannot be used") && !why.contains(file), "{algorithm}: {why}");
    }
}
