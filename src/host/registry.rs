//! Who this person is to the registries: what `docker login` keeps in `config.json`, and what credential helpers say. It
//! reads and never writes, and what it finds is shown to nobody but the engine.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use futures_util::future::join_all;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::ctx::Ctx;
use crate::failure::{Failure, Result};

/// Under which Docker keeps the sign-in of its own registry.
const HUB: &str = "https://index.docker.io/v1/";
/// How long a helper program may take: some ask a person, and there is nobody to answer.
const DEADLINE: Duration = Duration::from_secs(15);

/// What `docker login` has kept.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SignIns {
    auths: BTreeMap<String, Entry>,
    cred_helpers: BTreeMap<String, String>,
    creds_store: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry {
    auth: String,
    identitytoken: Option<String>,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Entry(secret)")
    }
}

impl SignIns {
    /// Those of this person: `$DOCKER_CONFIG/config.json`, or `~/.docker/config.json`. None where there is no such file.
    ///
    /// # Errors
    /// The file is there and cannot be read.
    pub fn load(ctx: &Ctx) -> Result<Self> {
        let named = |name: &str| ctx.variable(name).filter(|path| !path.is_empty()).map(PathBuf::from);
        match named("DOCKER_CONFIG").or_else(|| named("HOME").map(|home| home.join(".docker"))) {
            Some(directory) => Self::read(&directory.join("config.json")),
            None => Ok(Self::default()),
        }
    }

    fn read(path: &Path) -> Result<Self> {
        let cannot = |error: &dyn std::error::Error| {
            Failure::environment(format!("cannot read `{}`", path.display()))
                .because(error)
                .hint("repair it, or move it away and sign in again: `docker login`")
        };
        match std::fs::read(path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|error| {
                // The text of the error may quote what stands there.
                cannot(&std::io::Error::other(format!("line {} is no JSON that Docker writes", error.line())))
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(cannot(&error)),
        }
    }

    /// The header `X-Registry-Auth` for the registry of an image; none where nobody is signed in there.
    ///
    /// # Errors
    /// A helper program does not work.
    pub async fn for_image(&self, image: &str) -> Result<Option<String>> {
        let registry = registry(image);
        Ok(self.of(registry).await?.map(|found| encoded(&found)))
    }

    /// The header `X-Registry-Config` with all that is known, for a build, whose images nobody knows beforehand. A helper
    /// program that does not work is passed over, as its registry may not be needed, and `warn` is told why.
    pub async fn for_build(&self, warn: &dyn Fn(&Failure)) -> Option<String> {
        let registries: BTreeSet<&String> = self.auths.keys().chain(self.cred_helpers.keys()).collect();
        let asked = join_all(registries.iter().map(|registry| self.of(host(registry)))).await;
        let mut all = serde_json::Map::new();
        for (registry, found) in registries.into_iter().zip(asked) {
            match found {
                Ok(found) => all.extend(found.map(|found| (registry.clone(), found))),
                Err(failure) => warn(&failure),
            }
        }
        (!all.is_empty()).then(|| encoded(&Value::Object(all)))
    }

    /// What the engine has to be told to be somebody at this registry.
    async fn of(&self, registry: &str) -> Result<Option<Value>> {
        let key = if registry == host(HUB) { HUB } else { registry };
        let named =
            self.cred_helpers.iter().find(|(name, _)| host(name) == registry).map(|(_, helper)| helper);
        if let Some(helper) = named.or(self.creds_store.as_ref()) {
            return asked(&format!("docker-credential-{helper}"), key).await;
        }
        let Some((_, entry)) = self.auths.iter().find(|(name, _)| host(name) == registry) else {
            return Ok(None);
        };
        if let Some(token) = entry.identitytoken.as_ref().filter(|token| !token.is_empty()) {
            return Ok(Some(json!({ "identitytoken": token, "serveraddress": key })));
        }
        let both = STANDARD.decode(entry.auth.trim()).ok().and_then(|both| String::from_utf8(both).ok());
        Ok(both.as_deref().and_then(|both| both.split_once(':')).map(|(user, password)| {
            let password = password.trim_end_matches('\0');
            json!({ "username": user, "password": password, "serveraddress": key })
        }))
    }
}

/// Asks a helper program, whose own words are never passed on: they may be the secret.
async fn asked(program: &str, key: &str) -> Result<Option<Value>> {
    let failed = |why: &str| {
        Failure::environment(format!("the credential helper `{program}` {why}")).hint(format!(
            "see what it says: `echo {key} | {program} get`; or take it out of Docker's `config.json`"
        ))
    };
    let mut child = tokio::process::Command::new(program)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| failed("cannot be started").because(&error))?;
    let conversation = async {
        if let Some(mut stdin) = child.stdin.take() {
            // One that does not listen answers all the same, or fails.
            let _ = stdin.write_all(key.as_bytes()).await;
        }
        child.wait_with_output().await
    };
    let output = tokio::time::timeout(DEADLINE, conversation)
        .await
        .map_err(|_| failed(&format!("did not end in {} s", DEADLINE.as_secs())))?
        .map_err(|error| failed("broke off").because(&error))?;
    if !output.status.success() {
        // The protocol has no code for "nobody is signed in there", only this sentence.
        let unknown = String::from_utf8_lossy(&output.stdout).contains("credentials not found");
        return if unknown { Ok(None) } else { Err(failed("failed")) };
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Said {
        username: String,
        secret: String,
    }
    let said: Said = serde_json::from_slice(&output.stdout).map_err(|_| failed("says no JSON"))?;
    Ok(Some(match said.username.as_str() {
        "<token>" => json!({ "identitytoken": said.secret, "serveraddress": key }),
        user => json!({ "username": user, "password": said.secret, "serveraddress": key }),
    }))
}

/// As the engine wants it.
fn encoded(value: &Value) -> String {
    URL_SAFE.encode(value.to_string())
}

/// The registry of an image: what stands before the first `/`, where that can be a host.
fn registry(image: &str) -> &str {
    match image.split_once('/') {
        Some((first, _)) if first.contains(['.', ':']) || first == "localhost" => match first {
            "docker.io" => host(HUB),
            first => first,
        },
        _ => host(HUB),
    }
}

/// The host of a registry, which old sign-ins name by a URL.
fn host(registry: &str) -> &str {
    let name = registry.trim_start_matches("https://").trim_start_matches("http://");
    name.split('/').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_registry_of_an_image() {
        for (image, expected) in [
            ("redis", "index.docker.io"),
            ("ollama/ollama:0.13.5", "index.docker.io"),
            ("docker.io/library/redis", "index.docker.io"),
            ("quay.io/a/b@sha256:00", "quay.io"),
            ("localhost/a", "localhost"),
            ("nas:5000/a:1", "nas:5000"),
        ] {
            assert_eq!(registry(image), expected, "{image}");
        }
    }

    async fn decoded(config: &str, image: &str) -> Option<Value> {
        let sign_ins: SignIns = serde_json::from_str(config).unwrap();
        let header = sign_ins.for_image(image).await.unwrap()?;
        Some(serde_json::from_slice(&URL_SAFE.decode(header).unwrap()).unwrap())
    }

    #[tokio::test]
    async fn what_docker_login_keeps() {
        let config = r#"{"auths":{"https://index.docker.io/v1/":{"auth":"YW5uOnM6ZWNyZXQ="},"quay.io":{"identitytoken":"t"},"empty.io":{}},"x":1}"#;
        let hub = decoded(config, "redis").await.unwrap();
        assert_eq!(hub, json!({"username":"ann","password":"s:ecret","serveraddress":HUB}));
        assert_eq!(decoded(config, "quay.io/a").await.unwrap()["identitytoken"], "t");
        assert_eq!(decoded(config, "empty.io/a").await, None);
        assert_eq!(decoded(config, "nas:5000/a").await, None);
        let shown = format!("{:?}", serde_json::from_str::<SignIns>(config).unwrap());
        assert!(!shown.contains("YW5u"), "{shown}");
    }

    #[tokio::test]
    async fn a_build_goes_on_without_the_registries_of_broken_helpers() {
        let config =
            r#"{"auths":{"quay.io":{"identitytoken":"t"}},"credHelpers":{"ghcr.io":"no-such-helper"}}"#;
        let sign_ins: SignIns = serde_json::from_str(config).unwrap();
        let told = std::cell::RefCell::new(Vec::new());
        let header = sign_ins.for_build(&|failure| told.borrow_mut().push(failure.to_string())).await;
        let known: Value = serde_json::from_slice(&URL_SAFE.decode(header.unwrap()).unwrap()).unwrap();
        assert_eq!(known, json!({"quay.io": {"identitytoken": "t", "serveraddress": "quay.io"}}));
        let told = told.into_inner();
        assert!(told.len() == 1 && told[0].contains("docker-credential-no-such-helper"), "{told:?}");
        assert!(sign_ins.for_image("ghcr.io/a").await.is_err());
    }

    #[tokio::test]
    async fn a_helper_is_asked_and_what_it_says_is_not_told() {
        let directory = tempfile::tempdir().unwrap();
        let place = |name: &str, script: &str| {
            let path = directory.path().join(name);
            std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
            path.display().to_string()
        };
        let good = place("good", r#"read k; echo "{\"Username\":\"u\",\"Secret\":\"for $k\"}""#);
        let empty = place("empty", "echo 'credentials not found in native keychain'; exit 1");
        let bad = place("bad", "echo 'it is hunter2hunter2'; exit 1");
        assert_eq!(asked(&good, "quay.io\n").await.unwrap().unwrap()["password"], "for quay.io");
        assert_eq!(asked(&empty, "quay.io").await.unwrap(), None);
        let failure = asked(&bad, "quay.io").await.unwrap_err();
        assert!(failure.to_string().contains("/bad` failed"), "{failure}");
        assert!(!format!("{failure:?}").contains("hunter2"), "{failure:?}");
    }
}
