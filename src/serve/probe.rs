//! `tars serve --probe`: asks the server of this configuration whether it is alive, as the health check of a container
//! does that holds nothing but this program. It starts nothing and signs in nowhere.

use std::net::SocketAddr;
use std::time::Duration;

use serde::Serialize;

use crate::config::Config;
use crate::ctx::Ctx;
use crate::failure::{Failure, Result};
use crate::wire::client::Client;

/// How long the answer may take.
const DEADLINE: Duration = Duration::from_secs(3);

/// The answer of a server that is alive.
#[derive(Debug, Serialize)]
struct Alive {
    /// Where it is.
    at: String,
    /// Its version.
    version: String,
}

/// Says in one line whether the server is alive.
///
/// # Errors
/// It is not, or it does not answer in time: exit code 1.
pub fn run(ctx: &Ctx, config: &Config) -> Result<()> {
    let client = Client::anonymous(address(ctx, config.listen))?;
    let asked = ctx.block_on(async {
        // Whatever keeps it from answering, the answer is that it does not.
        Ok(tokio::time::timeout(DEADLINE, client.health()).await.ok().and_then(Result::ok).flatten())
    })?;
    let Some(health) = asked else {
        return Err(Failure::no(format!("no server answers at {}", client.base())));
    };
    let alive = Alive { at: client.base().to_string(), version: health.version };
    ctx.ui.result(|_| format!("alive: tars {} at {}\n", alive.version, alive.at), &alive)
}

/// Where the server listens: one that took any free port has noted which.
fn address(ctx: &Ctx, configured: SocketAddr) -> SocketAddr {
    if configured.port() != 0 {
        return configured;
    }
    let noted = std::fs::read_to_string(ctx.home.address_file()).ok();
    noted.and_then(|text| text.trim().parse().ok()).unwrap_or(configured)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::Format;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    /// What the probe says of a server that answers this, or never.
    fn of(answer: Option<String>) -> Result<()> {
        let home = tempfile::tempdir().unwrap();
        let mut ctx = Ctx::new(Some(home.path()), Format::Text).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let listen = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 1024]);
            match answer {
                Some(answer) => stream.write_all(answer.as_bytes()).unwrap(),
                None => std::thread::sleep(Duration::from_secs(30)),
            }
        });
        ctx.flags.push(("server.listen", "--listen", vec![listen.to_string()]));
        run(&ctx, &ctx.config().unwrap())
    }

    #[test]
    fn a_server_is_alive_or_it_is_not() {
        let body = r#"{"status":"alive","version":"1.2.3"}"#;
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n";
        of(Some(format!("{head}{body}"))).unwrap();
        let sick = "HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n\r\n";
        let failure = of(Some(sick.to_string())).unwrap_err();
        assert!(failure.to_string().starts_with("no server answers at http://127.0.0.1:"), "{failure}");
        assert_eq!(failure.kind(), crate::failure::Kind::No);
    }

    #[test]
    fn a_server_that_hangs_is_not_waited_for() {
        let started = std::time::Instant::now();
        of(None).unwrap_err();
        assert!(started.elapsed() < DEADLINE + Duration::from_secs(2));
    }

    #[test]
    fn a_free_port_is_the_one_that_was_noted() {
        let home = tempfile::tempdir().unwrap();
        let ctx = Ctx::new(Some(home.path()), Format::Text).unwrap();
        let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
        assert_eq!(address(&ctx, any), any);
        std::fs::create_dir_all(&ctx.home.run).unwrap();
        std::fs::write(ctx.home.address_file(), "127.0.0.1:4321\n").unwrap();
        assert_eq!(address(&ctx, any).port(), 4321);
    }
}
