//! The server's own log: every line loses its secrets before it is written, those that the server holds by value and
//! all others as an archive loses them. Names stay, because the log stays on the machine.

use std::io::{IsTerminal, Stderr, Write};
use std::sync::{Arc, PoisonError, RwLock};

use secrecy::ExposeSecret;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::{Config, secrets};
use crate::failure::Result;
use crate::redact::{Redactor, Tags, values::Values};

/// The log, to which every part of the server writes.
#[derive(Clone)]
pub struct Log<W = fn() -> Stderr> {
    redactor: Arc<RwLock<Redactor>>,
    to: W,
}

/// Starts the log on standard error.
pub fn start(config: &Config) -> Result<Log> {
    let log = Log::new(std::io::stderr as fn() -> Stderr);
    log.knows(config)?;
    let filter = tracing_subscriber::EnvFilter::new(format!("warn,tars={}", config.log));
    // A second subscriber in one process (a test) is not an error.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(log.clone())
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .try_init();
    Ok(log)
}

impl<W> Log<W> {
    fn new(to: W) -> Self {
        Self { redactor: Arc::default(), to }
    }

    /// From now on these secrets are known by value.
    pub fn knows(&self, config: &Config) -> Result<()> {
        let held = [&config.signing_key, &config.api_key].into_iter().flatten();
        let values = Values::new(held.map(|secret| secret.expose_secret().as_bytes().to_vec()));
        let mut key = [0; 32];
        key.copy_from_slice(&secrets::random(32)?);
        let redactor = Redactor { values, identifiers: None, tags: Tags::new(key) };
        *self.redactor.write().unwrap_or_else(PoisonError::into_inner) = redactor;
        Ok(())
    }
}

impl<'a, W: Fn() -> T, T: Write> MakeWriter<'a> for Log<W>
where
    Self: 'a,
{
    type Writer = Line<'a, T>;

    fn make_writer(&'a self) -> Self::Writer {
        Line { redactor: &self.redactor, to: (self.to)() }
    }
}

/// What one event is written to, in one piece.
pub struct Line<'a, T> {
    redactor: &'a RwLock<Redactor>,
    to: T,
}

impl<T: Write> Write for Line<'_, T> {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        let redactor = self.redactor.read().unwrap_or_else(PoisonError::into_inner);
        self.to.write_all(&redactor.bytes(text))?;
        Ok(text.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// A log that is kept.
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(text)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn events_lose_their_secrets_and_keep_the_rest() {
        let kept = Kept::default();
        let to = kept.clone();
        let log = Log::new(move || to.clone());
        let token: String = ('a'..='z').chain('0'..='9').collect();
        let subscriber = tracing_subscriber::fmt().with_ansi(true).with_writer(log).finish();
        tracing::subscriber::with_default(subscriber, || {
            tracing::warn!(password = "hunter2hunter2", "`/data/ghp_{token}.pdf` cannot be read");
        });
        let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        assert!(!text.contains("hunter2") && !text.contains(&token), "{text}");
        assert!(text.contains("`/data/[REDACTED:") && text.contains(".pdf` cannot be read"), "{text}");
    }
}
