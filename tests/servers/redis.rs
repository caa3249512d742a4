//! A Redis of our own on a free port, which is killed and started again at will.

#![allow(dead_code, reason = "each binary of tests takes what it needs")]
#![expect(clippy::print_stderr, reason = "a test is skipped aloud")]
#![expect(clippy::unwrap_in_result, reason = "only a missing program is no failure")]

use std::{
    env, fs,
    io::{Read, Write},
    iter,
    net::{TcpListener, TcpStream},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError, Weak},
    thread,
    time::Duration,
};

/// A server that dies, and its data with it, when this is dropped.
pub(crate) struct Server {
    process: Option<Child>,
    port: u16,
    folder: PathBuf,
    options: Vec<String>,
    /// Ends the server if this process ends without dropping it: its input ends then.
    watch: Child,
}

/// Nothing is written to disk: for a server that is never killed.
pub(crate) const FLEETING: &[&str] = &["--appendonly", "no", "--save", ""];
/// Every commit is on disk before it is answered.
pub(crate) const DURABLE: &[&str] =
    &["--appendonly", "yes", "--appendfsync", "always", "--save", ""];
const START_TRIES: u32 = 500;

impl Server {
    /// A new server with these options; `None`, said aloud, where the program is not installed.
    pub(crate) fn new(options: &[&str]) -> Option<Self> {
        Self::new_below(options, u16::MAX)
    }

    /// Like `new`, on a port below this one: a cluster's node needs a second one above its own.
    pub(crate) fn new_below(options: &[&str], limit: u16) -> Option<Self> {
        if Command::new("redis-server").arg("--version").stdout(Stdio::null()).status().is_err() {
            assert!(env::var_os("CHINWAG_NO_SKIP").is_none(), "redis-server is not installed");
            eprintln!("skipped: redis-server is not installed");
            return None;
        }
        let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let port = iter::repeat_with(free).find(|port| *port < limit).unwrap();
        let folder = env::temp_dir().join(format!("chinwag-redis-{port}"));
        fs::create_dir_all(&folder).unwrap();
        let options = options.iter().map(ToString::to_string).collect();
        let watch = watch(&folder);
        let mut server = Self { process: None, port, folder, options, watch };
        server.start();
        Some(server)
    }

    /// The server that tests share as long as one of them holds it.
    pub(crate) fn shared() -> Option<Arc<Self>> {
        static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = shared.upgrade() {
            return Some(server);
        }
        let server = Arc::new(Self::new(DURABLE)?);
        *shared = Arc::downgrade(&server);
        Some(server)
    }

    /// Starts it on the data that it had, and waits until it answers.
    pub(crate) fn start(&mut self) {
        let process = Command::new("redis-server")
            .args(["--port", &self.port.to_string(), "--bind", "127.0.0.1"])
            .arg("--dir")
            .arg(&self.folder)
            .arg("--pidfile")
            .arg(self.folder.join("pid"))
            .args(&self.options)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.process = Some(process.unwrap());
        for _ in 0..START_TRIES {
            if self.is_up() {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("redis-server does not answer on port {}", self.port);
    }

    /// Ends it as a crash would.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
            fs::remove_file(self.folder.join("pid")).ok();
        }
    }

    /// Starts it again with other options, on its data.
    pub(crate) fn restart_with(&mut self, options: &[&str]) {
        self.kill();
        self.options = options.iter().map(ToString::to_string).collect();
        self.start();
    }

    /// Sends it a signal: `STOP` and `CONT` freeze and thaw it.
    pub(crate) fn signal(&self, name: &str) {
        let process = self.process.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args(["-s", name, &process]).status().unwrap().success());
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// A connection of the tests' own.
    pub(crate) fn admin(&self) -> redis::Connection {
        redis::Client::open(self.url()).unwrap().get_connection().unwrap()
    }

    /// Whether it answers, be it that it asks for a password, and has read its data.
    fn is_up(&self) -> bool {
        let ask = || {
            let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
            stream.write_all(b"PING\r\n")?;
            let mut answer = [0; 7];
            stream.read_exact(&mut answer).map(|()| answer)
        };
        ask().is_ok_and(|answer| matches!(&answer, b"+PONG\r\n" | b"-NOAUTH"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        fs::remove_dir_all(&self.folder).ok();
        drop(self.watch.stdin.take());
        self.watch.wait().ok();
    }
}

/// A shell that waits until this process is gone, then ends the server that runs in the folder.
fn watch(folder: &Path) -> Child {
    let script = r#"cat >/dev/null
        pid=$(cat "$1/pid" 2>/dev/null) && kill -KILL "$pid" 2>/dev/null
        rm -rf "$1""#;
    let mut shell = Command::new("sh");
    shell.args(["-c", script, "watch"]).arg(folder).process_group(0);
    shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    shell.spawn().unwrap()
}
