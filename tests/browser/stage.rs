//! A server on a free port and a browser with a fresh profile. Both end with the test.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

/// Longest wait for something to appear.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Stage {
    pub(crate) browser: Client,
    pub(crate) url: String,
    pub(crate) data: tempfile::TempDir,
    command: Vec<String>,
    server: Option<Killed>,
    _driver: Killed,
    _profile: tempfile::TempDir,
}

/// A process that is killed on drop.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

/// Returns true if the environment says that no browser is available. Otherwise a missing browser fails the tests,
/// because skipped tests would go unnoticed.
pub(crate) fn is_left_out() -> bool {
    let left_out = std::env::var_os("OKR_LEDGER_NO_BROWSER").is_some();
    if left_out {
        eprintln!("left out: OKR_LEDGER_NO_BROWSER is set, so nothing is looked at in a browser");
    }
    left_out
}

impl Stage {
    /// Serves the demo quarter.
    pub(crate) async fn demo() -> Stage {
        Stage::of(&["demo"]).await
    }

    /// Serves an empty data folder.
    pub(crate) async fn empty() -> Stage {
        Stage::of(&["serve"]).await
    }

    pub(crate) async fn of(command: &[&str]) -> Stage {
        let data = tempfile::tempdir().unwrap();
        let command: Vec<String> = command.iter().map(|&word| word.to_owned()).collect();
        let (server, url) = serve(&command, "127.0.0.1:0", data.path());

        let port = free_port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is installed (`make setup` does it); OKR_LEDGER_NO_BROWSER=1 leaves these tests out");
        let driver = Killed(driver);
        let profile = tempfile::tempdir().unwrap();
        let capabilities = json!({
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
            "goog:chromeOptions": {"args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                format!("--user-data-dir={}", profile.path().display()),
            ]},
        });
        let Value::Object(capabilities) = capabilities else { unreachable!() };
        let begun = Instant::now();
        let browser = loop {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            match builder.capabilities(capabilities.clone()).connect(&format!("http://127.0.0.1:{port}")).await {
                Ok(browser) => break browser,
                Err(error) if begun.elapsed() > PATIENCE => panic!("no browser: {error}"),
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        };
        Stage { browser, url, data, command, server: Some(server), _driver: driver, _profile: profile }
    }

    /// Returns the address of the server, running or stopped.
    pub(crate) fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    pub(crate) fn stop(&mut self) {
        self.server = None;
    }

    /// Restarts the server at the same address.
    pub(crate) fn start(&mut self) {
        let (server, url) = serve(&self.command, self.address(), self.data.path());
        assert_eq!(url, self.url);
        self.server = Some(server);
    }

    pub(crate) async fn open(&self, path: &str) {
        self.browser.goto(&format!("{}{path}", self.url)).await.unwrap();
    }

    /// Waits for an element and returns it.
    pub(crate) async fn find(&self, css: &str) -> Element {
        let wait = self.browser.wait().at_most(PATIENCE);
        wait.for_element(Locator::Css(css)).await.unwrap_or_else(|error| panic!("no {css}: {error}"))
    }

    pub(crate) async fn click(&self, css: &str) {
        self.find(css).await.click().await.unwrap();
    }

    /// Clicks the link with this text.
    pub(crate) async fn follow(&self, says: &str) {
        let wait = self.browser.wait().at_most(PATIENCE);
        let link = wait.for_element(Locator::LinkText(says)).await;
        link.unwrap_or_else(|error| panic!("no link `{says}`: {error}")).click().await.unwrap();
    }

    /// Types into the fields with these ids.
    pub(crate) async fn fill(&self, fields: &[(&str, &str)]) {
        for (id, typed) in fields {
            self.find(&format!("[id='{id}']")).await.send_keys(typed).await.unwrap();
        }
    }

    /// Waits until an element contains a text.
    pub(crate) async fn sees(&self, css: &str, text: &str) {
        let begun = Instant::now();
        loop {
            let script = "const e = document.querySelector(arguments[0]); return e ? e.innerText : ''";
            let seen = self.run(script, vec![css.into()]).await;
            if seen.as_str().is_some_and(|seen| seen.contains(text)) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "`{text}` is not in {css}: {seen}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until the URL contains `part`. It may change after the page is shown.
    pub(crate) async fn arrives(&self, part: &str) {
        let begun = Instant::now();
        loop {
            let address = self.browser.current_url().await.unwrap();
            if address.as_str().contains(part) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "`{part}` is not in {address}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.browser.execute(script, arguments).await.unwrap()
    }

    /// Sends a browser command that WebDriver does not cover.
    pub(crate) async fn command(&self, name: &str, parameters: Value) {
        let command = Devtools { body: json!({"cmd": name, "params": parameters}), path: "goog/cdp/execute" };
        self.browser.issue_cmd(command).await.unwrap();
    }

    /// Discards the console messages so far, because a browser logs a refused form as an error.
    pub(crate) async fn forget_console(&self) {
        self.log("browser").await;
    }

    async fn log(&self, kind: &str) -> Vec<Value> {
        let command = Devtools { body: json!({"type": kind}), path: "se/log" };
        self.browser.issue_cmd(command).await.unwrap().as_array().cloned().unwrap_or_default()
    }

    /// Checks that the browser logged no errors and contacted no other server, then closes it.
    pub(crate) async fn end(self) {
        let wrong: Vec<Value> = self
            .log("browser")
            .await
            .into_iter()
            .filter(|line| line["level"] == "SEVERE" || line["level"] == "WARNING")
            .collect();
        assert!(wrong.is_empty(), "the browser's console says: {wrong:#?}");
        for line in self.log("performance").await {
            let told: Value = serde_json::from_str(line["message"].as_str().unwrap()).unwrap();
            if told["message"]["method"] == "Network.requestWillBeSent" {
                let asked = told["message"]["params"]["request"]["url"].as_str().unwrap_or_default();
                // Skip the browser's internal pages.
                let is_on_the_net = ["http:", "https:", "ws:", "wss:"].iter().any(|scheme| asked.starts_with(scheme));
                assert!(!is_on_the_net || asked.starts_with(&self.url), "another host was asked: {asked}");
            }
        }
        self.browser.clone().close().await.unwrap();
    }

    /// Records events over the HTTP interface.
    pub(crate) async fn record(&self, events: &Value) {
        let script = "const [url, events, done] = [arguments[0], arguments[1], arguments[2]]; \
                      fetch(url, {method: 'POST', body: JSON.stringify(events), headers: {'Content-Type': 'application/json'}}) \
                      .then(async (answer) => done([answer.status, await answer.text()]))";
        let answer =
            self.browser.execute_async(script, vec!["/v1/ledgers/acme/events".into(), events.clone()]).await.unwrap();
        assert_eq!(answer[0], 201, "{answer}");
    }

    /// Returns the JSON answer of the HTTP interface.
    pub(crate) async fn ask(&self, path: &str) -> Value {
        let script = "fetch(arguments[0]).then(async (answer) => arguments[1](await answer.json()))";
        self.browser.execute_async(script, vec![format!("/v1/{path}").into()]).await.unwrap()
    }
}

/// Starts a server and waits until it prints its address.
fn serve(command: &[String], listen: &str, data: &Path) -> (Killed, String) {
    let mut server = Command::new(env!("CARGO_BIN_EXE_okr-ledger"))
        .args(command)
        .args(["--listen", listen, "--data"])
        .arg(data)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let said = BufReader::new(server.stdout.take().unwrap());
    let server = Killed(server);
    let url = said.lines().find_map(|line| line.unwrap().strip_prefix("listening on ").map(str::to_owned));
    (server, url.expect("the server says where it listens"))
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A command specific to the driver.
#[derive(Debug)]
struct Devtools {
    path: &'static str,
    body: Value,
}

impl fantoccini::wd::WebDriverCompatibleCommand for Devtools {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}
