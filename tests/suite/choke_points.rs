//! Nothing of the client, the relay or the app goes by a choke point (`colloque_schemas::point`): what changes a database,
//! a file or a socket is named in the files below, and in no other.

use std::fs;
use std::path::{Path, PathBuf};

/// Where the sources are that this holds for.
const SOURCES: [&str; 3] = ["client-core/src", "server/src", "apps/colloque/src"];

/// The authority is no part of what is ended at its choke points.
const NOT_HELD: [&str; 1] = ["server/src/authority"];

/// What is done at a choke point, and the only files that may name it.
const NAMED: [(&[&str], &[&str]); 5] = [
    // The client's database.
    (
        &["rusqlite::Connection", "CachedStatement", "rusqlite::Statement", "rusqlite::Transaction"],
        &["client-core/src/store/choke.rs"],
    ),
    // The relay's.
    (
        &["SqliteConnection", "SqlitePool", "raw_sql", "begin_with", "run_direct"],
        &["server/src/relay/store/choke.rs"],
    ),
    // Files and folders.
    (
        &[
            "OpenOptions",
            "DirBuilder",
            "File::create",
            "create_dir",
            "remove_file",
            "remove_dir",
            "fs::write",
            "fs::rename",
            "fs::copy",
            "hard_link",
            "set_permissions",
            "set_len",
            "set_times",
            "sync_all",
            "sync_data",
            "tokio::fs",
            "put_opts",
            "delete_stream",
        ],
        &[
            "client-core/src/store/folder.rs",
            "server/src/private_file.rs",
            "server/src/relay/mod.rs",
            "server/src/relay/store/chunks.rs",
            "apps/colloque/src/disk.rs",
        ],
    ),
    // The client's frames, which come out of `Client::take_outgoing` and `Enrolment::request`.
    (&["start_send", "poll_ready_unpin"], &["client-core/src/connection/socket.rs"]),
    // The relay's frames, which come out of `OutboxReader`.
    (&[".feed(", "sink.send("], &["server/src/relay/socket.rs"]),
];

/// The lines of a source, without comments and without the tests at its end.
fn lines(source: &str) -> impl Iterator<Item = &str> {
    let code = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//"))
}

/// What a source names that its file may not.
fn gone_by(file: &str, source: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (names, files) in NAMED.iter().filter(|(_, files)| !files.contains(&file)) {
        let named = |line: &&str| {
            names.iter().any(|name| line.contains(name))
                || (imports(line) && names[0].starts_with("rusqlite"))
        };
        found.extend(
            lines(source).filter(named).map(|line| format!("{file}: {}: use {files:?}", line.trim())),
        );
    }
    found
}

/// Whether a line takes the connection or the statement of rusqlite itself, among other things of it.
fn imports(line: &str) -> bool {
    let list = line.trim_start().strip_prefix("use rusqlite::{").unwrap_or_default();
    list.split([',', '}', ' ']).any(|name| ["Connection", "Statement", "Transaction"].contains(&name))
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "tests" {
            sources(&path, found);
        } else if name.ends_with(".rs") && name != "tests.rs" && name != "test_client.rs" {
            found.push(path);
        }
    }
}

#[test]
fn nothing_goes_by_a_choke_point() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut paths = Vec::new();
    SOURCES.iter().for_each(|folder| sources(&root.join(folder), &mut paths));
    let mut read = Vec::new();
    for path in paths {
        let file = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
        if !NOT_HELD.iter().any(|folder| file.starts_with(folder)) {
            read.push((file, fs::read_to_string(path).unwrap()));
        }
    }
    assert!(read.len() > 150, "{}", read.len());
    let found: Vec<String> = read.iter().flat_map(|(file, source)| gone_by(file, source)).collect();
    assert!(found.is_empty(), "{found:#?}");
    for (names, files) in NAMED {
        for file in files {
            let (_, source) = read.iter().find(|(name, _)| name == file).expect("a file that is there");
            assert!(names.iter().any(|name| source.contains(name)), "{file} names none of {names:?}");
        }
    }
}

#[test]
fn what_goes_by_a_choke_point_is_found() {
    let planted = [
        "use rusqlite::{Connection, params};",
        "    let sql = rusqlite::Connection::open(path)?;",
        "use sqlx::{Row, SqliteConnection};",
        "    fs::rename(draft, path)?;",
        "    let file = File::create(path)?;",
        "    websocket.start_send_unpin(message)?;",
        "    sink.send(Message::Binary(frame)).await?;",
    ];
    for line in planted {
        assert_eq!(gone_by("client-core/src/thread/post.rs", line).len(), 1, "{line}");
    }
    let harmless =
        "// File::create\nuse rusqlite::{OptionalExtension, params};\nlet file = File::open(path)?;";
    assert_eq!(gone_by("client-core/src/thread/post.rs", harmless), Vec::<String>::new());
}
