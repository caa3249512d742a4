//! A browser by the WebDriver protocol: the few commands that these tests need.
//!
//! Source: <https://www.w3.org/TR/webdriver2/>.

use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::{Value, json};

/// The key under which the protocol hands out elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// How long the page may take for anything.
const PATIENCE: Duration = Duration::from_secs(20);

/// One headless browser with a profile of its own; it ends with the test.
pub(crate) struct Browser {
    driver: Child,
    session: String,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Starts a browser with a window of this size; `None` if none is installed.
    pub(crate) async fn start(width: u32, height: u32, dark: bool) -> Option<Self> {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let profile = tempfile::tempdir().unwrap();
        let mut arguments = vec![
            "--headless".to_owned(),
            "--no-sandbox".into(),
            "--disable-gpu".into(),
            "--disable-quic".into(),
            "--disable-dev-shm-usage".into(),
            "--no-first-run".into(),
            "--disable-background-networking".into(),
            "--disable-component-update".into(),
            "--disable-sync".into(),
            "--force-device-scale-factor=1".into(),
            "--hide-scrollbars".into(),
            format!("--window-size={width},{height}"),
            format!("--user-data-dir={}", profile.path().display()),
        ];
        if dark {
            arguments.push("--force-dark-mode".into());
        }
        let capabilities = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL"},
        }}});
        let base = format!("http://127.0.0.1:{port}/session");
        let started =
            patiently("the browser", async || send("POST", &base, Some(&capabilities)).await.ok());
        let session = started.await["sessionId"].as_str().unwrap().to_owned();
        Some(Self { driver, session: format!("{base}/{session}"), _profile: profile })
    }

    /// Opens an address.
    pub(crate) async fn open(&self, url: &str) {
        self.command("url", json!({"url": url})).await.unwrap();
    }

    /// Waits until an element fits the CSS selector.
    pub(crate) async fn find<'a>(&'a self, css: &'a str) -> Element<'a> {
        Element { browser: self, css, id: self.id_of(css).await }
    }

    async fn id_of(&self, css: &str) -> String {
        patiently(css, async || {
            let query = json!({"using": "css selector", "value": css});
            let found = self.command("element", query).await.ok()?;
            Some(found[ELEMENT].as_str()?.to_owned())
        })
        .await
    }

    /// What a script returns.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.command("execute/sync", json!({"script": script, "args": []})).await.unwrap()
    }

    /// Waits until a script returns true.
    pub(crate) async fn until(&self, script: &str) {
        patiently(script, async || (self.run(script).await == json!(true)).then_some(())).await;
    }

    /// The window as a PNG.
    pub(crate) async fn picture(&self) -> Vec<u8> {
        use base64::{Engine, engine::general_purpose::STANDARD};
        let picture = send("GET", &format!("{}/screenshot", self.session), None).await.unwrap();
        STANDARD.decode(picture.as_str().unwrap()).unwrap()
    }

    /// What the page has complained about since the last call.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let log = self.command("se/log", json!({"type": "browser"})).await.unwrap();
        let lines = log.as_array().unwrap().iter();
        lines.map(|line| line["message"].as_str().unwrap_or_default().to_owned()).collect()
    }

    async fn command(&self, path: &str, body: Value) -> Result<Value, Value> {
        send("POST", &format!("{}/{path}", self.session), Some(&body)).await
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let quit = self.session.clone();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                drop(runtime.unwrap().block_on(send("DELETE", &quit, None)));
            });
        });
        drop(self.driver.kill());
        drop(self.driver.wait());
    }
}

/// An element of the page.
pub(crate) struct Element<'a> {
    browser: &'a Browser,
    css: &'a str,
    id: String,
}

impl Element<'_> {
    /// Clicks it.
    pub(crate) async fn click(&self) {
        self.command("click", json!({})).await;
    }

    /// Types into it.
    pub(crate) async fn types(&self, keys: &str) {
        self.command("value", json!({"text": keys})).await;
    }

    async fn command(&self, name: &str, body: Value) {
        let mut id = self.id.clone();
        loop {
            match self.browser.command(&format!("element/{id}/{name}"), body.clone()).await {
                Ok(_) => return,
                // The page has drawn it anew meanwhile, and nothing was done.
                Err(error) if error["error"] == "stale element reference" => {
                    id = self.browser.id_of(self.css).await;
                }
                Err(error) => panic!("{name} {}: {error}", self.css),
            }
        }
    }
}

/// Asks again until there is an answer.
async fn patiently<T>(what: &str, question: impl AsyncFn() -> Option<T>) -> T {
    let asking = async {
        loop {
            if let Some(answer) = question().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let answer = tokio::time::timeout(PATIENCE, asking).await;
    answer.unwrap_or_else(|_| panic!("waited for {what} in vain"))
}

/// The `value` of the answer, as a result or as an error.
async fn send(method: &str, url: &str, body: Option<&Value>) -> Result<Value, Value> {
    let client =
        Client::builder(TokioExecutor::new()).build_http::<Full<std::io::Cursor<Vec<u8>>>>();
    let body = body.map_or_else(String::new, Value::to_string);
    let request = http::Request::builder().method(method).uri(url);
    let request = request.header("content-type", "application/json");
    let response = client
        .request(request.body(Full::new(std::io::Cursor::new(body.into_bytes()))).unwrap())
        .await;
    let response = response.map_err(|error| json!(error.to_string()))?;
    let is_fine = response.status().is_success();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let mut answer: Value = serde_json::from_slice(&bytes).map_err(|_| json!("no JSON"))?;
    let value = answer["value"].take();
    if is_fine { Ok(value) } else { Err(value) }
}
