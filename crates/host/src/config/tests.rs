//! Tests of the options: which of them wins, and which are refused.

use clap::Parser as _;

use super::*;

fn flags(arguments: &[&str]) -> ServeOptions {
    let all = ["colloq", "serve"].iter().chain(arguments);
    let Command::Serve(options) = CommandLine::try_parse_from(all).expect("the flags are known").command else { panic!("it serves") };
    *options
}

#[test]
fn nothing_said_is_the_documented_default() {
    let config = ServeOptions::default().resolve().expect("defaults hold");
    assert_eq!(config.listen, "127.0.0.1:8787");
    assert_eq!(config.store, StoreAddress::Sqlite("colloq.db".into()));
    assert_eq!((config.limits_json.as_str(), config.drain), ("{}", Duration::from_secs(10)));
    assert_eq!(config.hibernate_after, Some(Duration::from_mins(1)));
    assert!(config.shards >= 1);
}

#[test]
fn flags_win_over_the_file() {
    let file =
        ServeOptions::from_toml("listen = \"127.0.0.1:1\"\nidle = \"5m\"\nretain = \"none\"\nallow-origin = [\"https://a.example\"]\n");
    let said = flags(&["--listen", "127.0.0.1:2", "--store", "memory:", "--shards", "3", "--drain", "1s", "--hibernate", "none"]);
    let config = said.over(file.expect("it holds options")).resolve().expect("they hold");
    assert_eq!((config.listen.as_str(), config.store, config.shards), ("127.0.0.1:2", StoreAddress::Memory, 3));
    assert_eq!(config.limits_json, "{\"idleMs\":300000,\"retainMs\":null}");
    assert_eq!(config.allow_origins, ["https://a.example"]);
}

#[test]
fn what_is_wrong_is_said() {
    for text in ["lisen = \"x\"", "idle = \"soon\"", "idle = 30", "shards = 0", "store = \"db\"", "["] {
        assert!(ServeOptions::from_toml(text).is_err(), "{text}");
    }
    for arguments in [["--allow-origin", "https://a.example/"], ["--allow-origin", "*"], ["--dev-host", "box:80"], ["--drain", "none"]] {
        assert!(flags(&arguments).resolve().is_err(), "{arguments:?}");
    }
    for arguments in [["--shards", "0"], ["--idle", "1"], ["--store", "x"]] {
        let all = ["colloq", "serve"].iter().chain(&arguments);
        assert!(CommandLine::try_parse_from(all).is_err(), "{arguments:?}");
    }
}
