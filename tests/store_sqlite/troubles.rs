//! Files that cannot be used: each is said in one line, and nothing that was kept is lost.

use std::{
    fs,
    os::unix::fs::{FileExt, PermissionsExt},
    path::Path,
    process::Command,
    time::Duration,
};

use chinwag::store::{Begun, LEASE, Sqlite, Store, StoreError};
use rusqlite::Connection;

use super::{NOW, assert_answered, key, line, place, processes::helper, turn, whole};

fn assert_one_line(error: &StoreError, file: &Path, part: &str) {
    let line = line(error);
    assert!(line.contains(part), "{line}");
    assert!(line.contains(file.to_str().unwrap()) && !line.contains('\n'), "{line}");
}

fn sql(file: &Path, sql: &str) {
    Connection::open(file).unwrap().execute_batch(sql).unwrap();
}

#[test]
fn what_is_not_our_file_is_refused_in_one_line() {
    let bad = |name: &str, make: &dyn Fn(&Path), part: &str| {
        let file = place("refused").join(name);
        make(&file);
        assert_one_line(&Sqlite::open(&file).unwrap_err(), &file, part);
    };
    bad("missing/bot.db", &|_| {}, "needs the directory");
    bad("directory.db", &|file| fs::create_dir(file).unwrap(), "is a directory; name a file in it");
    let text = "a text that is much longer than the head of a file is\n".repeat(99);
    bad("text.db", &|file| fs::write(file, &text).unwrap(), "is not an SQLite file");
    let foreign = "PRAGMA application_id = 7";
    bad("foreign.db", &|file| sql(file, foreign), "belongs to another application");
    bad("table.db", &|file| sql(file, "CREATE TABLE t (x)"), "belongs to another application");
    let newer = |file: &Path| {
        drop(Sqlite::open(file).unwrap());
        sql(file, "PRAGMA user_version = 77");
    };
    bad("newer.db", &newer, "was written by a newer chinwag (layout 77");
}

#[tokio::test]
async fn a_damaged_page_costs_what_was_on_it() {
    let file = place("damaged").join("bot.db");
    let store = Sqlite::open(&file).unwrap();
    for number in 0..2_000 {
        whole(&store, &key(number), number.into(), NOW).await.unwrap();
    }
    drop(store);
    let pages = fs::metadata(&file).unwrap().len() / 4096;
    let bytes = fs::OpenOptions::new().write(true).open(&file).unwrap();
    for page in [pages / 2, pages / 2 + 1] {
        bytes.write_all_at(&[0xff; 4096], page * 4096).unwrap();
    }
    let store = Sqlite::open(&file).unwrap();
    let (mut served, mut refused) = (0, 0);
    for number in 0..2_000 {
        match store.begin(&key(number), turn(number.into()), NOW).await {
            Ok(begun) => served += u32::from(matches!(begun, Begun::Answered(_))),
            Err(error) => {
                assert_one_line(&error, &file, "is damaged; stop the bot and restore a backup");
                refused += 1;
            }
        }
    }
    assert!(refused > 0 && served > 1_500, "{served} served, {refused} refused");
}

#[tokio::test]
async fn a_file_that_is_locked_for_long_is_said_and_waited_for() {
    let file = place("locked").join("bot.db");
    let store = Sqlite::builder(&file).patience(Duration::from_millis(50)).open().unwrap();
    let other = Connection::open(&file).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = whole(&store, &key(1), 1, NOW).await.unwrap_err();
    assert!(error.is_unavailable());
    assert_one_line(&error, &file, "is locked by another process");
    other.execute_batch("COMMIT").unwrap();
    whole(&store, &key(1), 1, NOW).await.unwrap();
    let exclusive = "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE";
    drop((store, other));
    let other = Connection::open(&file).unwrap();
    other.execute_batch(exclusive).unwrap();
    let builder = Sqlite::builder(&file).patience(Duration::from_millis(50));
    assert_one_line(&builder.open().unwrap_err(), &file, "is locked by another process");
}

#[tokio::test]
async fn a_file_that_was_removed_or_replaced_takes_nothing_more() {
    for is_replaced in [false, true] {
        let file = place("removed").join("bot.db");
        let store = Sqlite::open(&file).unwrap();
        whole(&store, &key(1), 1, NOW).await.unwrap();
        let away = file.with_extension("away");
        fs::rename(&file, &away).unwrap();
        if is_replaced {
            fs::write(&file, "").unwrap();
        }
        let error = whole(&store, &key(1), 2, NOW).await.unwrap_err();
        assert_one_line(&error, &file, "was removed or replaced while it was open");
        fs::rename(&away, &file).unwrap();
        // The turn that could not be committed may have begun.
        whole(&store, &key(1), 2, NOW.after(LEASE)).await.unwrap();
        assert_answered(&store, &key(1), 1).await;
    }
}

/// As another user if we are root, who may write everything.
#[test]
fn a_file_that_may_only_be_read_is_refused() {
    let place = place("readonly");
    let file = place.join("bot.db");
    drop(Sqlite::open(&file).unwrap());
    fs::set_permissions(&file, fs::Permissions::from_mode(0o444)).unwrap();
    fs::set_permissions(&place, fs::Permissions::from_mode(0o555)).unwrap();
    let said = helper("open", &file).by_nobody().output();
    assert!(said.contains(file.to_str().unwrap()), "{said}");
    assert!(said.contains("cannot be written; let this user write the file"), "{said}");
    let new = place.join("new.db");
    let said = helper("open", &new).by_nobody().output();
    assert!(said.contains("cannot be opened; let this user read and write"), "{said}");
    fs::set_permissions(&place, fs::Permissions::from_mode(0o755)).unwrap();
}

/// A disk of two megabytes, which only root can make.
struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    fn new(place: std::path::PathBuf) -> Option<Self> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=2m", "chinwag"]).arg(&place);
        let is_mounted = mount.status().is_ok_and(|status| status.success());
        assert!(is_mounted || std::env::var_os("CHINWAG_NO_SKIP").is_none(), "no disk was mounted");
        is_mounted.then_some(Self(place))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg(&self.0).status());
    }
}

#[tokio::test]
async fn a_full_disk_is_said_and_the_store_goes_on_when_it_is_not() {
    let Some(disk) = SmallDisk::new(place("disk")) else {
        eprintln!("skipped: only root can mount a small disk");
        return;
    };
    let (file, ballast) = (disk.0.join("bot.db"), disk.0.join("ballast"));
    let store = Sqlite::open(&file).unwrap();
    whole(&store, &key(0), 0, NOW).await.unwrap();
    fs::write(&ballast, vec![0; 1_000_000]).unwrap();
    let mut kept = 1;
    let error = loop {
        match whole(&store, &key(kept), kept.into(), NOW).await {
            Ok(()) => kept += 1,
            Err(error) => break error,
        }
    };
    assert!(error.is_unavailable());
    assert_one_line(&error, &file, "has no room left on its disk; free some");
    fs::remove_file(&ballast).unwrap();
    let later = NOW.after(LEASE);
    whole(&store, &key(kept), kept.into(), later).await.unwrap();
    drop(store);
    let store = Sqlite::open(&file).unwrap();
    for number in 0..=kept {
        assert_answered(&store, &key(number), number.into()).await;
    }
    drop(store);
}
