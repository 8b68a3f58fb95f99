//! The writer: a process with the shim before its disk, that says on standard output what it was told.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, OnceLock};

use colloq_store::conformance::{Script, Subject, records};
use colloq_store::{AppendError, Head, Record, Snapshot, StoreError};
use colloq_store_sqlite::SqliteStore;
use tempfile::TempDir;

const PLACE: &str = "COLLOQ_DISK_TEST_FILE";
const SESSIONS: u128 = 3;

/// The whole log is a function of its length, so that the parent knows every byte without being told.
pub(crate) fn script(number: u128, length: usize) -> Script {
    let mut script = Script::new(number);
    script.records = records(Head::ZERO, length, number as u64);
    script
}

/// Where the logs of a store stand; every record of them must be the one that its place asks for.
pub(crate) async fn stand(store: &Subject) -> Result<[usize; SESSIONS as usize], StoreError> {
    let mut stands = [0; SESSIONS as usize];
    for number in 0..SESSIONS {
        let expected = |length| script(number, length).records;
        let Some(loaded) = store.load(&Script::new(number).key).await? else { continue };
        let (after, length) = (loaded.snapshot.as_ref().map_or(0, |kept| kept.head.version as usize), loaded.head().version as usize);
        let whole: Vec<Record> = expected(length);
        assert_eq!(loaded.records, whole[after..], "the log of session {number} has a gap or another byte");
        stands[number as usize] = length;
    }
    Ok(stands)
}

/// What the writer writes: appends to its sessions in turn, now and then a snapshot, one thing after the other, until it is killed.
#[tokio::test]
async fn write_until_killed() {
    let Some(path) = std::env::var_os(PLACE) else { return };
    let store: Subject = Arc::new(SqliteStore::open(Path::new(&path)).unwrap());
    let stands = stand(&store).await.unwrap();
    let mut logs: Vec<Script> = (0..SESSIONS).map(|number| script(number, stands[number as usize])).collect();
    for turn in 0_usize.. {
        let number = turn % logs.len();
        let log = &mut logs[number];
        let count = 1 + turn % 4;
        let mut append = log.next(count, 10);
        append.records = records(log.head(), count, number as u64);
        let appended = append.records.clone();
        let said = match store.append(append).await {
            Ok(()) => {
                log.records.extend(appended);
                format!("acknowledged {number} {}", log.head().version)
            }
            Err(AppendError::Store(StoreError::Full(_))) => "full".into(),
            Err(AppendError::Unknown(_)) => "unknown".into(),
            Err(AppendError::Store(_)) => "refused".into(),
            Err(other) => panic!("{other}"),
        };
        if turn % 50 == 49 {
            let _ = store.put_snapshot(&log.key, Snapshot { head: log.head(), bytes: "state".into() }).await;
        }
        let mut out = std::io::stdout().lock();
        out.write_all(format!("\nsaid {said}\n").as_bytes()).unwrap();
        out.flush().unwrap();
    }
}

/// The shim, compiled once; `None` where there is no C compiler.
fn shim() -> Option<&'static Path> {
    static SHIM: OnceLock<Option<(TempDir, PathBuf)>> = OnceLock::new();
    let shim = SHIM.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let library = folder.path().join("shim.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/disk/shim.c");
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"]).arg(&library).arg(source).arg("-lpthread");
        match cc.status() {
            Ok(status) => {
                assert!(status.success(), "the shim does not compile");
                Some((folder, library))
            }
            Err(error) => {
                println!("nothing was tried: there is no C compiler ({error})");
                None
            }
        }
    });
    shim.as_ref().map(|(_, library)| &**library)
}

/// A folder in memory where the system has one: what is synced is known from the trace, and need not reach a real disk.
pub(crate) fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

/// A writer that runs.
pub(crate) struct Writer {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Writer {
    /// Starts one over a file, with a fault; `None` where it cannot be.
    pub(crate) fn start(path: &Path, trace: &Path, fault: &str) -> Option<Self> {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "writer::write_until_killed", "--nocapture"]).env(PLACE, path).env("LD_PRELOAD", shim()?);
        command.env("DISK_TRACE", trace).env("DISK_FAULT", fault).env("DISK_ROOM", room(path));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Some(Self { child, lines })
    }

    /// What it says next; `None` where it ended.
    pub(crate) fn next(&mut self) -> Option<String> {
        let mut line = String::new();
        while self.lines.read_line(&mut line).unwrap() > 0 {
            if let Some(said) = line.trim_end().strip_prefix("said ") {
                return Some(said.to_owned());
            }
            line.clear();
        }
        None
    }

    /// Ends it with a signal that cannot be caught.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// The file that makes room on a full disk.
pub(crate) fn room(path: &Path) -> PathBuf {
    path.with_extension("room")
}

/// A session and its version out of what was said.
pub(crate) fn acknowledged(said: &str) -> Option<(usize, usize)> {
    let (number, version) = said.strip_prefix("acknowledged ")?.split_once(' ')?;
    Some((number.parse().ok()?, version.parse().ok()?))
}
