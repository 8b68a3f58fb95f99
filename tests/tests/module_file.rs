//! One file, two homes: what `cargo xtask build` made, what the npm package holds and what a host serves are the same bytes.
//!
//! Nothing is skipped: where something was not built, the test says what to run.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use colloq_tests::engine::{module_path, repository};
use sha2::{Digest, Sha256};

#[test]
fn the_package_holds_the_file_that_was_built() {
    let packaged = repository().join("www/colloq/wasm/colloq_bg.wasm");
    assert!(packaged.is_file(), "{} is missing: run `cargo xtask build`", packaged.display());
    assert_eq!(sha256_of(&packaged), sha256_of(&module_path()));
}

#[test]
fn a_host_serves_the_file_that_it_runs() {
    let sha256 = sha256_of(&module_path());
    let host = Host::start();
    let (status, served) = host.read(&format!("/module/{sha256}.wasm"));
    assert_eq!(status, "200", "the host runs another file than the one that was built: run `cargo xtask build`");
    assert_eq!(hex_sha256(&served), sha256);
    // A file is named by its hash, so another name is another file.
    let other = sha256_of(&repository().join("Cargo.toml"));
    assert_eq!(host.read(&format!("/module/{other}.wasm")).0, "404");
}

fn sha256_of(path: &Path) -> String {
    hex_sha256(&fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

fn hex_sha256(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// A running host; it ends with this value.
struct Host {
    child: Child,
    address: String,
}

impl Host {
    /// Starts the binary on a port of its own choice and waits for its line.
    fn start() -> Self {
        let binary = env::var_os("COLLOQ_BIN").expect("COLLOQ_BIN is not set: run `cargo xtask test`, or name the binary `colloq`");
        let mut command = Command::new(&binary);
        command.args(["serve", "--listen", "127.0.0.1:0", "--store", "memory:"]).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", Path::new(&binary).display()));
        let mut output = BufReader::new(child.stdout.take().expect("its output is piped"));
        let mut host = Self { child, address: String::new() };
        let mut line = String::new();
        while host.address.is_empty() {
            line.clear();
            let count = output.read_line(&mut line).expect("its output is text");
            assert_ne!(count, 0, "the host ended before it listened");
            line.trim().strip_prefix("listening on http://").unwrap_or_default().clone_into(&mut host.address);
        }
        // Whatever it says later must find somebody who reads it.
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        host
    }

    /// The status and body of a path.
    fn read(&self, path: &str) -> (String, Vec<u8>) {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address);
        stream.write_all(request.as_bytes()).expect("it takes a request");
        let mut response = Vec::new();
        stream.read_to_end(&mut response).expect("it answers");
        let end = response.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("a response has a head");
        let head = String::from_utf8(response[..end].to_vec()).expect("a head is text");
        assert!(!head.to_ascii_lowercase().contains("transfer-encoding"), "the file is sent as it is: {head}");
        let status = head.split(' ').nth(1).expect("a response has a status").to_owned();
        (status, response[end + 4..].to_vec())
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
