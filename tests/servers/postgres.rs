//! A Postgres of the tests' own: on a free port, in a new folder, gone with the test.

#![allow(dead_code, reason = "each binary of tests takes what it needs")]

use std::{
    fs,
    io::Write,
    net::TcpListener,
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, OnceLock, PoisonError},
    thread::sleep,
    time::Duration,
};

/// Debian keeps the server here, one folder for each version, and not on the path.
const DEBIAN: &str = "/usr/lib/postgresql";

/// How long the server may take to start, in steps of 20 ms.
const STEPS_TO_START: u32 = 1_500;

/// The user that may do everything without a password.
const USER: &str = "chinwag";

/// A server. Dropping it kills it and removes what it kept.
#[derive(Debug)]
pub(crate) struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
    owner: Option<Owner>,
    port: u16,
    settings: &'static [&'static str],
    running: Mutex<Option<Child>>,
    /// Ends the server if this process dies without dropping it: its input ends then.
    watch: Child,
}

/// As whom the server runs, which refuses to be root.
#[derive(Debug, Clone, Copy)]
struct Owner {
    user: u32,
    group: u32,
}

impl Postgres {
    /// The server that the tests of this process share, or `None`, aloud, where there is none. It
    /// does not wait for the disk, and must not be killed; it ends with the process.
    pub(crate) fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Postgres>> = OnceLock::new();
        SHARED.get_or_init(|| Self::with(&["-c", "fsync=off"])).as_ref()
    }

    /// A new server, or `None`, aloud, where it is not installed.
    pub(crate) fn start() -> Option<Self> {
        Self::with(&[])
    }

    fn with(settings: &'static [&'static str]) -> Option<Self> {
        let programs = programs()?;
        let (folder, owner) = new_folder();
        let data = folder.join("data");
        let mut create = as_owner(&programs.join("initdb"), owner);
        create.args(["--no-sync", "--no-instructions", "--auth=trust", "--encoding=UTF8"]);
        create.args(["--locale=C", "--username", USER, "--pgdata"]).arg(&data);
        let output = create.current_dir(&folder).output().expect("initdb was found");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        // One user needs a password, so that a wrong one can be tried.
        let rules =
            "host all guarded 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n";
        fs::write(data.join("pg_hba.conf"), rules).unwrap();
        let (port, watch, running) = (free_port(), watch(&folder), Mutex::default());
        let server = Self { programs, folder, owner, port, settings, running, watch };
        server.start_again();
        Some(server)
    }

    /// The URL of its database.
    pub(crate) fn url(&self) -> String {
        self.url_of(USER, "postgres")
    }

    /// The URL of a database for a user, who may bring a password: `guarded:secret`.
    pub(crate) fn url_of(&self, user: &str, database: &str) -> String {
        format!("postgres://{user}@127.0.0.1:{}/{database}", self.port)
    }

    /// Kills it and all its processes at once, as a power failure would.
    pub(crate) fn kill(&self) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut running) = running else { return };
        let children = children_of(running.id());
        running.kill().unwrap();
        signal("KILL", &children);
        running.wait().unwrap();
        while children.iter().any(|child| is_alive(*child)) {
            sleep(Duration::from_millis(5));
        }
    }

    /// Stops all its processes where they are: they answer nothing, and no connection ends.
    pub(crate) fn freeze(&self) {
        signal("STOP", &self.processes());
    }

    /// Lets them go on.
    pub(crate) fn thaw(&self) {
        signal("CONT", &self.processes());
    }

    fn processes(&self) -> Vec<u32> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let id = running.as_ref().expect("it was not killed").id();
        [vec![id], children_of(id)].concat()
    }

    /// Starts it after it was killed, with what it kept.
    pub(crate) fn start_again(&self) {
        let log = self.folder.join("log");
        let output = fs::OpenOptions::new().create(true).append(true).open(&log).unwrap();
        let mut start = as_owner(&self.programs.join("postgres"), self.owner);
        start.arg("-D").arg(self.folder.join("data"));
        start.args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]);
        start.args(["-p", &self.port.to_string(), "-c", "max_connections=200"]);
        start.args(self.settings).current_dir(&self.folder).stdin(Stdio::null());
        start.stdout(output.try_clone().unwrap()).stderr(output);
        let mut running = start.spawn().unwrap();
        for _ in 0..STEPS_TO_START {
            let ended = running.try_wait().unwrap().is_some();
            assert!(!ended, "postgres did not start: {}", fs::read_to_string(&log).unwrap());
            // The last line of this file says how far it has come.
            let lock = fs::read_to_string(self.folder.join("data/postmaster.pid"));
            let lock = lock.unwrap_or_default();
            let is_its_own = lock.lines().next() == Some(&running.id().to_string());
            if is_its_own && lock.lines().nth(7).is_some_and(|state| state.trim() == "ready") {
                *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(running);
                return;
            }
            sleep(Duration::from_millis(20));
        }
        panic!("postgres takes too long to start: {}", fs::read_to_string(&log).unwrap());
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.kill();
        drop(fs::remove_dir_all(&self.folder));
        drop(self.watch.stdin.take());
        drop(self.watch.wait());
    }
}

/// Where the server's programs are: the newest of Debian's, or else those on the path.
#[expect(clippy::disallowed_methods, reason = "a server is found on the path")]
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let mut debian: Vec<_> = versions.map(|version| version.path().join("bin")).collect();
    debian.sort_by_key(|folder| {
        let version = folder.parent().and_then(Path::file_name).and_then(|name| name.to_str());
        version.and_then(|version| version.parse::<u32>().ok())
    });
    let path = std::env::var("PATH").unwrap_or_default();
    let path = std::env::split_paths(&path);
    let mut folders = debian.into_iter().rev().chain(path);
    let found = folders
        .find(|folder| ["initdb", "postgres"].iter().all(|program| folder.join(program).is_file()));
    if found.is_none() {
        let advice = "postgres is not installed; on Debian: apt-get install postgresql";
        assert!(std::env::var("CHINWAG_NO_SKIP").is_err(), "{advice}");
        // Not by `eprintln`, which the test runner keeps to itself.
        drop(writeln!(std::io::stderr(), "skipped: {advice}"));
    }
    found
}

/// A new folder that belongs to the server's owner.
fn new_folder() -> (PathBuf, Option<Owner>) {
    let port = free_port();
    let name = format!("chinwag-postgres-{}-{port}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    fs::create_dir(&folder).unwrap();
    let is_root = fs::metadata(&folder).unwrap().uid() == 0;
    let owner = is_root.then(owner);
    if let Some(Owner { user, group }) = owner {
        chown(&folder, Some(user), Some(group)).unwrap();
    }
    (folder, owner)
}

/// Debian's user for the server, or the one that owns nothing.
fn owner() -> Owner {
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let find = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut ids = line.split(':').skip(2).map(|id| id.parse().ok());
        Some(Owner { user: ids.next()??, group: ids.next()?? })
    };
    find("postgres").or_else(|| find("nobody")).expect("one of them is on every machine")
}

fn as_owner(program: &Path, owner: Option<Owner>) -> Command {
    let mut command = Command::new(program);
    if let Some(Owner { user, group }) = owner {
        command.uid(user).gid(group);
    }
    // Nothing of ours may change what it does, or be killed with it at the keyboard.
    command.env_clear().env("PATH", "/usr/bin:/bin").env("TZ", "UTC").process_group(0);
    command
}

/// A shell that waits until this process is gone, then ends the server that runs in the folder.
fn watch(folder: &Path) -> Child {
    let script = r#"cat >/dev/null
        pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null) && kill -QUIT "$pid" 2>/dev/null
        while [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
        rm -rf "$1""#;
    let mut shell = Command::new("sh");
    shell.args(["-c", script, "watch"]).arg(folder).process_group(0);
    shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    shell.spawn().unwrap()
}

/// The processes that this one has started.
fn children_of(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let parent = parent.to_string();
    ids.filter(|id| state_of(*id).is_some_and(|(_, its)| its == parent)).collect()
}

/// Whether it still does something: a dead one may wait for long until somebody asks for it.
fn is_alive(process: u32) -> bool {
    state_of(process).is_some_and(|(state, _)| state != "Z")
}

/// The letter of a process's state, and its parent.
fn state_of(process: u32) -> Option<(String, String)> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name before them is in brackets, and may contain anything.
    let mut behind = stat.rsplit(')').next()?.split_whitespace().map(str::to_owned);
    Some((behind.next()?, behind.next()?))
}

fn signal(name: &str, processes: &[u32]) {
    if processes.is_empty() {
        return;
    }
    let ids: Vec<_> = processes.iter().map(ToString::to_string).collect();
    let script = format!("kill -{name} {}", ids.join(" "));
    // Some may have ended by themselves meanwhile.
    drop(Command::new("sh").args(["-c", &script]).stderr(Stdio::null()).status());
}

/// A port that nobody listens at.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
