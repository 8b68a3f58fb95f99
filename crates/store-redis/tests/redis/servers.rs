//! Real servers for tests: processes of their own on loopback ports, in folders of their own.
//!
//! Each is held by a shell that ends it, and deletes its folder, as soon as the test's process is gone, however that ended. Nothing here
//! ends a process that it did not start. Tests that need them say `redis` in their names, so that a run without redis-server can leave
//! them out.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock};
use std::thread::sleep;
use std::time::{Duration, Instant};

const START_MAX: Duration = Duration::from_secs(30);
/// Starts the server and holds it: the first argument is its folder, the others are the server's.
const HOLD: &str = r#"folder=$1; shift; "$@" >>"$folder/log" 2>&1 & pid=$!; echo $pid; cat >/dev/null; kill -9 $pid; wait $pid; [ -e "$folder/keep" ] || rm -rf "$folder""#;

/// One server.
pub struct Server {
    pub port: u16,
    folder: PathBuf,
    options: Vec<String>,
    /// What a sentinel's file says; it writes into that file itself.
    sentinel: Option<String>,
    held: Option<Held>,
}

struct Held {
    shell: Child,
    pid: String,
}

impl Server {
    /// Starts a server with options as on its command line (`--appendonly yes` ...), and waits until it answers.
    pub fn start(options: &[&str]) -> Self {
        Self::start_as(None, options)
    }

    /// Starts a sentinel that watches a server under the name `main`, and replaces it on its own.
    pub fn start_sentinel(watched: &Self) -> Self {
        let file = format!(
            "sentinel monitor main 127.0.0.1 {} 1\nsentinel down-after-milliseconds main 500\nsentinel failover-timeout main 3000\n",
            watched.port
        );
        Self::start_as(Some(file), &[])
    }

    fn start_as(sentinel: Option<String>, options: &[&str]) -> Self {
        let folder = tempfile::Builder::new().prefix("colloq-redis-").tempdir().expect("a folder").keep();
        // A cluster's bus has the port ten thousand above.
        let port = (0..100).map(|_| free_port()).find(|port| *port < 50_000 && is_free(*port + 10_000)).expect("a free port");
        let options = options.iter().map(ToString::to_string).collect();
        let mut server = Self { port, folder, options, sentinel, held: None };
        server.restart();
        server
    }

    /// Starts it again on the same port and folder, after a [`kill`](Self::kill).
    pub fn restart(&mut self) {
        assert!(self.held.is_none(), "it runs");
        let mut command = Command::new("sh");
        command.args(["-c", HOLD, "sh"]).arg(&self.folder).arg("redis-server");
        if let Some(text) = &self.sentinel {
            let file = self.folder.join("sentinel.conf");
            std::fs::write(&file, format!("bind 127.0.0.1\nport {}\n{text}", self.port)).expect("its file");
            command.arg(file).arg("--sentinel");
        } else {
            command.args(["--bind", "127.0.0.1", "--port", &self.port.to_string(), "--dir"]).arg(&self.folder);
            command.args(["--save", "", "--enable-debug-command", "local"]).args(&self.options);
        }
        let mut shell = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("a shell");
        let mut pid = String::new();
        BufReader::new(shell.stdout.take().expect("its output")).read_line(&mut pid).expect("the pid");
        self.held = Some(Held { shell, pid: pid.trim().to_owned() });
        let begun = Instant::now();
        while self.ask(&["PING"]) != "PONG" {
            assert!(begun.elapsed() < START_MAX, "no answer: {}", self.log());
            sleep(Duration::from_millis(10));
        }
    }

    /// Ends it with a signal that cannot be caught. Its folder stays.
    pub fn kill(&mut self) {
        let mut held = self.held.take().expect("it runs");
        std::fs::write(self.folder.join("keep"), "").expect("a mark");
        drop(held.shell.stdin.take());
        held.shell.wait().expect("it ends");
        std::fs::remove_file(self.folder.join("keep")).expect("the mark");
    }

    /// Sends it a signal: `STOP`, `CONT` ...
    pub fn signal(&self, signal: &str) {
        let pid = &self.held.as_ref().expect("it runs").pid;
        assert!(Command::new("kill").args([&format!("-{signal}"), pid]).status().expect("kill").success());
    }

    /// Asks it by `redis-cli`; what goes wrong is in the answer.
    pub fn ask(&self, arguments: &[&str]) -> String {
        let output = Command::new("redis-cli").args(["-p", &self.port.to_string()]).args(arguments).output().expect("redis-cli");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub fn is_running(&self) -> bool {
        self.held.is_some()
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut held) = self.held.take() {
            drop(held.shell.stdin.take());
            let _ = held.shell.wait();
        } else {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// A cluster of primaries with a replica each.
pub struct Cluster {
    pub nodes: Vec<Server>,
}

impl Cluster {
    /// Starts three primaries with a replica each; `timeout_ms` is after how long a node is taken for dead.
    pub fn start(timeout_ms: u32, options: &[&str]) -> Self {
        let timeout = timeout_ms.to_string();
        let mut all = vec!["--cluster-enabled", "yes", "--cluster-node-timeout", &timeout, "--cluster-config-file", "nodes.conf"];
        all.extend(["--repl-diskless-sync-delay", "0", "--cluster-replica-validity-factor", "0"]);
        all.extend(options);
        let cluster = Self { nodes: (0..6).map(|_| Server::start(&all)).collect() };
        let mut create = Command::new("redis-cli");
        create.args(["--cluster", "create"]).args(cluster.nodes.iter().map(|node| format!("127.0.0.1:{}", node.port)));
        let output = create.args(["--cluster-replicas", "1", "--cluster-yes"]).output().expect("redis-cli");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        cluster.wait_until_whole();
        cluster
    }

    /// Waits until every running node sees all slots served, and every replica follows its primary.
    pub fn wait_until_whole(&self) {
        let begun = Instant::now();
        let is_whole = |node: &Server| {
            let is_up = node.ask(&["CLUSTER", "INFO"]).contains("cluster_state:ok");
            let replication = node.ask(&["INFO", "replication"]);
            let follows = replication.contains("role:master") || replication.contains("master_link_status:up");
            is_up && follows
        };
        while !self.nodes.iter().filter(|node| node.is_running()).all(is_whole) {
            assert!(begun.elapsed() < START_MAX, "the cluster does not become whole");
            sleep(Duration::from_millis(50));
        }
    }

    pub fn url(&self) -> String {
        let hosts: Vec<String> = self.nodes.iter().map(|node| format!("127.0.0.1:{}", node.port)).collect();
        format!("redis+cluster://{}", hosts.join(","))
    }

    /// The nodes that are primaries now.
    pub fn primaries(&self) -> Vec<usize> {
        let is_primary = |at: &usize| self.nodes[*at].is_running() && self.nodes[*at].ask(&["ROLE"]).starts_with("master");
        (0..self.nodes.len()).filter(is_primary).collect()
    }
}

/// A master with a replica, and a sentinel that puts the replica in its place.
pub struct Watched {
    pub master: Server,
    pub replica: Server,
    sentinel: Server,
}

impl Watched {
    pub fn start(options: &[&str]) -> Self {
        let master = Server::start(options);
        let port = master.port.to_string();
        let replica = Server::start(&[options, &["--replicaof", "127.0.0.1", &port, "--repl-diskless-sync-delay", "0"]].concat());
        let sentinel = Server::start_sentinel(&master);
        let begun = Instant::now();
        while !replica.ask(&["INFO", "replication"]).contains("master_link_status:up")
            || !sentinel.ask(&["SENTINEL", "REPLICAS", "main"]).contains(&replica.port.to_string())
        {
            assert!(begun.elapsed() < START_MAX, "the sentinel does not see the replica: {}", sentinel.log());
            sleep(Duration::from_millis(20));
        }
        Self { master, replica, sentinel }
    }

    pub fn url(&self) -> String {
        format!("redis+sentinel://127.0.0.1:{}/main", self.sentinel.port)
    }
}

/// Counts the stores of this process, so that each has keys of its own.
pub fn fresh_prefix() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("t{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// One server that all tests of a process share. It is never ended by a test.
pub fn shared_server() -> String {
    static SERVER: OnceLock<Mutex<Server>> = OnceLock::new();
    SERVER.get_or_init(|| Mutex::new(Server::start(&[]))).lock().expect("no test broke it").url()
}

/// One cluster that all tests of a process share. It is never ended by a test.
pub fn shared_cluster() -> String {
    static CLUSTER: OnceLock<Mutex<Cluster>> = OnceLock::new();
    CLUSTER.get_or_init(|| Mutex::new(Cluster::start(2_000, &[]))).lock().expect("no test broke it").url()
}

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr()).expect("a port").port()
}

fn is_free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok()
}
