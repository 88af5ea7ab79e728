//! The image of this very program, made out of what runs now, without a registry and without a base: so what a container
//! runs is byte for byte what the person runs who starts it. It is made once for a program; another program is another
//! image under another name, and the earlier one stays for the way back.

mod contents;
mod elf;

use std::fs::File;
use std::io::Read;

use sha2::{Digest, Sha256};

use crate::failure::{Failure, IoContext, Result};
use crate::host::exchange::Upload;
use crate::host::images::{self, Import};
use crate::stack::engine::Engine;
use contents::Contents;

/// Who the server is in the image, where nobody says otherwise: not root.
pub const NOBODY: (u32, u32) = (USER, GROUP);
const USER: u32 = 10001;
const GROUP: u32 = 10001;
/// What it calls its home there.
const HOME: &str = "/var/lib/tars";
/// The label that says out of which program the image was made.
const LABEL: &str = "com.tars.program";

/// The image of this program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramImage {
    /// Its name: `localhost/tars:2.0.0-0123456789ab`, the version and the beginning of the program's digest. No
    /// registry has it: without a host before it, one that everybody can write to might.
    pub name: String,
    /// The digest of the program: `sha256:…`.
    pub digest: String,
}

impl ProgramImage {
    /// That of the program that runs now. It reads the whole program and asks no engine.
    ///
    /// # Errors
    /// The program cannot be read.
    pub fn of_this() -> Result<Self> {
        let mut program = File::open("/proc/self/exe").trying("read this program")?;
        let mut hasher = Sha256::new();
        let mut piece = vec![0; 1 << 16];
        loop {
            match program.read(&mut piece).trying("read this program")? {
                0 => break,
                length => hasher.update(&piece[..length]),
            }
        }
        let digest: String = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        // A `+` may stand in a version and not in a tag.
        let version = env!("CARGO_PKG_VERSION").replace('+', "_");
        Ok(Self {
            name: format!("localhost/tars:{version}-{}", &digest[..12]),
            digest: format!("sha256:{digest}"),
        })
    }

    /// Whether the engine has it.
    ///
    /// # Errors
    /// The engine does not say.
    pub async fn is_there(&self, engine: &Engine) -> Result<bool> {
        let labels = images::labels(engine, &self.name).await?;
        Ok(labels.is_some_and(|labels| labels.get(LABEL) == Some(&self.digest)))
    }

    /// Makes it, unless it is there; whether it was made.
    ///
    /// # Errors
    /// The engine is of another architecture or refuses it, or a part of the program cannot be read.
    pub async fn make(&self, engine: &Engine) -> Result<bool> {
        if self.is_there(engine).await? {
            return Ok(false);
        }
        same_architecture(engine).await?;
        let contents = Contents::find()?;
        let changes = self.changes(&contents);
        let upload = Upload::new(move |out| contents.write(out))?;
        images::import(engine, &Import { image: &self.name, changes: &changes }, upload).await?;
        Ok(true)
    }

    /// How a container of it starts, in the words of a Dockerfile.
    fn changes(&self, contents: &Contents) -> Vec<String> {
        let mut changes = vec![
            r#"ENTRYPOINT ["/tars"]"#.to_string(),
            r#"CMD ["serve"]"#.to_string(),
            format!("USER {USER}:{GROUP}"),
            format!("WORKDIR {HOME}"),
            format!("ENV TARS_HOME={HOME}"),
            format!("LABEL {LABEL}={}", self.digest),
            "LABEL org.opencontainers.image.title=tars".to_string(),
            format!("LABEL org.opencontainers.image.version={}", env!("CARGO_PKG_VERSION")),
        ];
        let paths: Vec<String> =
            contents.library_path.iter().map(|path| path.display().to_string()).collect();
        if !paths.is_empty() {
            changes.push(format!("ENV LD_LIBRARY_PATH={}", paths.join(":")));
        }
        if contents.has_certificates() {
            changes.push("ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt".to_string());
        }
        changes
    }
}

/// An engine elsewhere may run on another kind of machine, where this program does not start.
async fn same_architecture(engine: &Engine) -> Result<()> {
    let theirs = engine.ask("ask the engine for its version", engine.docker.version()).await?.arch;
    let ours = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    match theirs {
        Some(theirs) if theirs != ours => Err(Failure::environment(format!(
            "the container engine runs on {theirs}, and this program is made for {ours}"
        ))
        .hint("run the command on the machine of the engine")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_says_which_program() {
        let image = ProgramImage::of_this().unwrap();
        let (name, tag) = image.name.rsplit_once(':').unwrap();
        assert_eq!(name, "localhost/tars");
        assert!(tag.starts_with(env!("CARGO_PKG_VERSION")), "{tag}");
        assert!(image.digest.contains(&tag[tag.len() - 12..]), "{image:?}");
        assert_eq!(image, ProgramImage::of_this().unwrap());
    }

    #[test]
    fn a_container_of_it_is_not_root() {
        let image = ProgramImage { name: "tars:1".into(), digest: "sha256:00".into() };
        let changes = image.changes(&Contents::find().unwrap());
        assert!(changes.contains(&"USER 10001:10001".to_string()), "{changes:?}");
        assert!(changes.contains(&"LABEL com.tars.program=sha256:00".to_string()), "{changes:?}");
    }
}
