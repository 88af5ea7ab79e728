//! The page at `/` in a real browser: sign in, ask, read the citations; at the width of a desk and of a phone.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;

use crate::support::env::Guard;
use crate::support::{TestEnv, TestServer, program, skip, target};

const WAIT: Duration = Duration::from_secs(20);

/// A running driver. The browsers that it starts outlive it when it is killed, so they are ended by what only
/// they have in their command lines: the folder of the test.
struct Driver {
    _process: Guard,
    address: String,
    folder: PathBuf,
}

impl Drop for Driver {
    fn drop(&mut self) {
        for process in fs::read_dir("/proc").unwrap().flatten() {
            let Ok(id) = process.file_name().to_string_lossy().parse() else { continue };
            let told = fs::read(process.path().join("cmdline")).unwrap_or_default();
            if String::from_utf8_lossy(&told).contains(&*self.folder.to_string_lossy()) {
                // It may have ended by itself.
                let _ = kill(Pid::from_raw(id), Signal::SIGKILL);
            }
        }
    }
}

/// Starts the driver; skips the test where there is none.
fn driver(env: &TestEnv) -> Option<Driver> {
    if program("chromium").is_none() || program("chromedriver").is_none() {
        skip("there is no chromium with its chromedriver: `cargo xtask test` installs them as root");
        return None;
    }
    let mut command = env.command("chromedriver");
    let mut child =
        Guard(command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    let mut told = BufReader::new(child.0.stdout.take().unwrap()).lines();
    let port = loop {
        let line = told.next().expect("chromedriver says its port before it ends").unwrap();
        if let Some((_, port)) = line.split_once("started successfully on port ") {
            break port.trim_end_matches('.').to_string();
        }
    };
    // What it says later is read and dropped, so that it never waits for a reader.
    std::thread::spawn(move || told.for_each(drop));
    Some(Driver {
        _process: child,
        address: format!("http://127.0.0.1:{port}"),
        folder: env.directory("browser"),
    })
}

async fn browser(driver: &Driver, size: &str) -> Client {
    let profile = format!("--user-data-dir={}", driver.folder.display());
    let window = format!("--window-size={size}");
    let options = json!({ "args": [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
        "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage", profile, window,
    ]});
    let mut capabilities = Capabilities::new();
    capabilities.insert("goog:chromeOptions".into(), options);
    ClientBuilder::new(HttpConnector::new())
        .capabilities(capabilities)
        .connect(&driver.address)
        .await
        .unwrap()
}

/// Signs in with the one-time password, asks, and checks what the page then shows; a picture of it goes to
/// `target/page-NAME.png`.
fn sign_in_and_ask(name: &str, size: &str) {
    let env = TestEnv::new();
    let Some(driver) = driver(&env) else { return };
    let directory = env.directory("documents");
    let text =
        "# Boats\n\nThe lighthouse keeper repaired the anchor chain at midnight. <b>Bold</b> he was.\n";
    fs::write(directory.join("boats.md"), text).unwrap();
    let server = TestServer::start(&env, &[&directory]);
    server.first_scan();
    let password = fs::read_to_string(env.home().first_password()).unwrap();
    let url = format!("http://{}/", server.address);

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let page = browser(&driver, size).await;
        page.goto(&url).await.unwrap();
        let wait = || page.wait().at_most(WAIT);
        let field = |id: &'static str| wait().for_element(Locator::Id(id));

        // A wrong password is refused, and the page says so.
        field("password").await.unwrap().send_keys("wrong").await.unwrap();
        page.find(Locator::Id("sign-in")).await.unwrap().click().await.unwrap();
        wait().for_element(Locator::Css("#error:not([hidden]) p")).await.unwrap();

        field("password").await.unwrap().clear().await.unwrap();
        field("password").await.unwrap().send_keys(password.trim()).await.unwrap();
        page.find(Locator::Id("sign-in")).await.unwrap().click().await.unwrap();
        wait().for_element(Locator::Css("#ask-card:not([hidden])")).await.unwrap();
        let notice = page.find(Locator::Css("#notice:not([hidden])")).await;
        assert!(notice.is_ok(), "the page asks to choose another than the one-time password");

        field("question").await.unwrap().send_keys("When was the anchor chain repaired?").await.unwrap();
        page.find(Locator::Id("ask")).await.unwrap().click().await.unwrap();
        wait().for_element(Locator::Css("#answer:not([hidden]) .citation blockquote")).await.unwrap();
        let answer = field("answer-text").await.unwrap().text().await.unwrap();
        assert!(answer.contains("at midnight"), "{answer}");
        let citation = page.find(Locator::Css(".citation")).await.unwrap().text().await.unwrap();
        assert!(citation.contains("boats.md") && citation.contains("Boats"), "{citation}");
        let marker = page.find(Locator::Css("#answer-text a.marker")).await.unwrap();
        assert_eq!(marker.attr("href").await.unwrap().as_deref(), Some("#citation-1"));
        assert!(page.find(Locator::Css("#answer b")).await.is_err(), "documents are text, never markup");

        let wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
        let overflow = page.execute(wide, vec![]).await.unwrap();
        assert_eq!(overflow, json!(0), "nothing is wider than the screen");
        let kept = "return [localStorage.length, sessionStorage.length, document.cookie.length]";
        assert_eq!(page.execute(kept, vec![]).await.unwrap(), json!([0, 0, 0]), "the browser keeps no token");
        fs::write(target().join(format!("page-{name}.png")), page.screenshot().await.unwrap()).unwrap();
        page.close().await.unwrap();
    });
}

#[test]
fn a_browser_signs_in_asks_and_reads_the_citations() {
    sign_in_and_ask("desk", "1280,900");
}

#[test]
fn the_same_on_a_screen_as_wide_as_a_phone() {
    sign_in_and_ask("phone", "390,844");
}
