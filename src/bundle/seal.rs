//! Encrypting an archive for somebody, or with a passphrase, in the format of age (version 1), and opening it again.
//! Secret words come from files that nobody else can read, never from the command line.

use std::fs::File;
use std::io::{BufRead, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use age::secrecy::SecretString;
use age::{Decryptor, Encryptor, Identity, scrypt, x25519};

use crate::failure::{Failure, IoContext, Result};

/// How an encrypted archive begins.
pub const BEGINNING: &[u8] = b"age-encryption.org/v1";
/// How much work a passphrase costs: 2^18 rounds of scrypt, as age itself has it, on every machine alike.
const WORK: u8 = 18;
/// The most work that opening takes: what asks for more was made to tire this machine.
const MOST_WORK: u8 = 22;
/// No passphrase and no identity is longer.
const LONGEST: u64 = 16 << 10;

/// Who will be able to open an archive.
pub struct Seal {
    recipient: Box<dyn age::Recipient>,
}

impl Seal {
    /// What the options say; none where the archive stays open.
    pub fn new(recipient: Option<&str>, passphrase: Option<&Path>) -> Result<Option<Self>> {
        let recipient: Box<dyn age::Recipient> = match (recipient, passphrase) {
            (Some(text), _) => Box::new(x25519::Recipient::from_str(text).map_err(|error| {
                Failure::usage(format!("`{text}` is not a recipient: {error}"))
                    .hint("a recipient begins with `age1`: `age-keygen` makes one, with the identity that opens the archive")
            })?),
            (None, Some(path)) => {
                let mut recipient = scrypt::Recipient::new(SecretString::from(private_text(path)?));
                recipient.set_work_factor(WORK);
                Box::new(recipient)
            }
            (None, None) => return Ok(None),
        };
        Ok(Some(Self { recipient }))
    }

    /// Writes everything that comes, encrypted.
    pub fn write(&self, from: &mut impl Read, to: impl Write) -> std::io::Result<()> {
        let only = std::iter::once(&*self.recipient);
        let encryptor = Encryptor::with_recipients(only).map_err(std::io::Error::other)?;
        let mut sealed = encryptor.wrap_output(to)?;
        std::io::copy(from, &mut sealed)?;
        sealed.finish()?.flush()
    }
}

/// What opens an encrypted archive.
#[derive(Debug, Default, clap::Args)]
pub struct Keys {
    /// The age identity that the archive was encrypted to
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
    /// The file whose first line is the passphrase of the archive
    #[arg(long, value_name = "FILE", conflicts_with = "identity")]
    passphrase_file: Option<PathBuf>,
}

impl Keys {
    /// What is in an encrypted archive.
    pub fn open(&self, from: impl BufRead + 'static, path: &Path) -> Result<Box<dyn Read>> {
        let shown = path.display();
        let key: Box<dyn Identity> = match (&self.identity, &self.passphrase_file) {
            (Some(path), _) => Box::new(identity(path)?),
            (None, Some(path)) => {
                let mut identity = scrypt::Identity::new(SecretString::from(private_text(path)?));
                identity.set_max_work_factor(MOST_WORK);
                Box::new(identity)
            }
            (None, None) => {
                return Err(Failure::usage(format!("`{shown}` is encrypted"))
                    .hint("give what opens it with `--identity FILE` or `--passphrase-file FILE`"));
            }
        };
        let opened = Decryptor::new_buffered(from).and_then(|sealed| sealed.decrypt(std::iter::once(&*key)));
        match opened {
            Ok(text) => Ok(Box::new(text)),
            Err(error) => Err(Failure::environment(format!("cannot decrypt `{shown}`"))
                .because(&error)
                .hint("it was encrypted for another identity, or with another passphrase")),
        }
    }
}

fn identity(path: &Path) -> Result<x25519::Identity> {
    let text = private_text_of(path)?;
    let line =
        text.lines().map(str::trim).find(|line| line.starts_with("AGE-SECRET-KEY-1")).unwrap_or_default();
    x25519::Identity::from_str(line).map_err(|error| {
        Failure::usage(format!("there is no identity in `{}`: {error}", path.display()))
            .hint("it is the file that `age-keygen` wrote, with a line that begins with `AGE-SECRET-KEY-1`")
    })
}

/// The first line of a private file.
fn private_text(path: &Path) -> Result<String> {
    let line = private_text_of(path)?.lines().next().unwrap_or_default().to_string();
    if line.is_empty() {
        return Err(Failure::usage(format!("the first line of `{}` is empty", path.display()))
            .hint("write the passphrase there"));
    }
    Ok(line)
}

fn private_text_of(path: &Path) -> Result<String> {
    let shown = path.display();
    let mut file = File::open(path).trying(format_args!("open `{shown}`"))?;
    let found = file.metadata().trying(format_args!("look at `{shown}`"))?;
    // A pipe, as shells make for `<(…)`, belongs to nobody else.
    if found.is_file() && found.permissions().mode() & 0o077 != 0 {
        return Err(Failure::usage(format!("`{shown}` can be read by others"))
            .hint(format!("`chmod 600 {shown}` makes it private")));
    }
    let mut text = String::new();
    (&mut file).take(LONGEST).read_to_string(&mut text).trying(format_args!("read `{shown}`"))?;
    Ok(text)
}
