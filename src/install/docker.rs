//! The docker profile: what it needs to know of this machine, whether that will do, and bringing the stack up once its
//! files are written. Which files those are is in [`stack`](super::stack).

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use procfs::process::{MountInfo, MountOptFields, Process};
use serde::{Deserialize, Serialize};

use super::answers::Answers;
use super::stack::{self, StackSettings};
use crate::config::Endpoint;
use crate::config::paths::Home;
use crate::ctx::Ctx;
use crate::facts::Fact;
use crate::failure::{Failure, Result};
use crate::host::contained::SERVICE;
use crate::report::{Finding, Verdict};
use crate::stack::choice;
use crate::up;
use crate::up::image::ProgramImage;

/// The service that writes the answers.
const MODEL: &str = "ollama";

/// What the docker profile needs to know of this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Around {
    /// The version of the engine, or why it cannot be used.
    pub engine: Fact<String>,
    /// The image of the program that runs now.
    pub image: String,
    /// Who the server will be.
    pub user: (u32, u32),
    /// Who this is.
    pub me: (u32, u32),
    /// Whose each thing is that the server has to read or write, where it is there.
    pub owners: BTreeMap<PathBuf, (u32, u32)>,
    /// Whether a container sees what is mounted below the documents after it was started.
    pub shared_mounts: bool,
    /// What the variables of the stack are now.
    pub variables: Option<String>,
}

/// Looks at it.
pub(super) async fn look(ctx: &Ctx, answers: &Answers) -> Result<Around> {
    let home = &ctx.home;
    let socket = choice::socket(ctx);
    let engine = if socket.starts_with('/') {
        choice::engine(ctx).await.map(|engine| engine.version).map_err(|failure| failure.to_string())
    } else {
        Err(format!("it is not on this machine: `{socket}`, and so sees none of its files"))
    };
    let owner = |path: &PathBuf| {
        let found = std::fs::symlink_metadata(path).ok()?;
        Some((path.clone(), (found.uid(), found.gid())))
    };
    Ok(Around {
        engine: engine.map_or_else(Fact::Unknown, Fact::Known),
        image: ProgramImage::of_this()?.name,
        user: user(&answers.documents),
        me: me(),
        owners: owned(home).iter().filter_map(owner).collect(),
        shared_mounts: are_shared(&answers.documents),
        variables: std::fs::read_to_string(home.config.join(stack::VARIABLES)).ok(),
    })
}

fn me() -> (u32, u32) {
    (nix::unistd::geteuid().as_raw(), nix::unistd::getegid().as_raw())
}

/// Who the server will be: whoever installs it; but never root, for whom it is the owner of the documents, or else
/// somebody who has nothing.
fn user(documents: &[PathBuf]) -> (u32, u32) {
    let me = me();
    if me.0 != 0 {
        return me;
    }
    let owners = documents.iter().filter_map(|path| std::fs::metadata(path).ok());
    owners.map(|found| (found.uid(), found.gid())).find(|(user, _)| *user != 0).unwrap_or(up::image::NOBODY)
}

/// What the server has to read or write, the directories first: what is made in one gets its owner.
pub(super) fn owned(home: &Home) -> Vec<PathBuf> {
    vec![
        home.state.clone(),
        home.config.clone(),
        home.env(),
        home.first_password(),
        home.database(),
        home.index(),
        home.guides(),
    ]
}

/// Whether all of these directories are in mounts that tell others of what is mounted below them
/// (mount_namespaces(7)).
fn are_shared(documents: &[PathBuf]) -> bool {
    let Ok(mounts) = Process::myself().and_then(|process| process.mountinfo()) else { return false };
    documents.iter().all(|path| {
        let around = mounts.iter().filter(|mount| path.starts_with(&mount.mount_point));
        let nearest = around.max_by_key(|mount| mount.mount_point.components().count());
        nearest.is_some_and(|mount: &MountInfo| {
            let tells = |field: &MountOptFields| {
                matches!(field, MountOptFields::Shared(_) | MountOptFields::Master(_))
            };
            mount.opt_fields.iter().any(tells)
        })
    })
}

/// Whether it will do.
pub(super) fn judge(around: &Around, home: &Home) -> Vec<Finding> {
    const ENGINE: &str = "docker.engine";
    let engine = match &around.engine {
        Fact::Known(version) => {
            Finding::new(ENGINE, Verdict::Pass, format!("the container engine {version} answers"))
        }
        Fact::Unknown(why) => {
            Finding::new(ENGINE, Verdict::Fail, format!("the container engine cannot be used: {why}")).hint(
                "`tars doctor --only docker` says what is wrong with it; `--profile embedded` needs none",
            )
        }
    };
    let database = around.owners.get(&home.database()).filter(|owner| **owner != around.user);
    let foreign = database.map(|(owner, _)| {
        let (user, group) = around.user;
        let (path, state) = (home.database(), home.state.display().to_string());
        Finding::new(
            "docker.owner",
            Verdict::Fail,
            format!(
                "`{}` belongs to the user {owner}, and the server in the container is {user}",
                path.display()
            ),
        )
        .hint(format!("`tars ops stop`, then `sudo chown -R {user}:{group} {state}`"))
    });
    std::iter::once(engine).chain(foreign).collect()
}

/// What the files of the stack are to say.
pub(super) fn settings(home: &Home, answers: &Answers, around: &Around) -> StackSettings {
    let asked = answers.endpoint == Endpoint::Auto;
    let failed_before = around.variables.as_deref().is_some_and(stack::is_without_model);
    StackSettings {
        project: stack::project(home),
        image: around.image.clone(),
        user: around.user,
        listen: answers.listen,
        config: home.config.clone(),
        state: home.state.clone(),
        documents: answers.documents.clone(),
        shared_mounts: around.shared_mounts,
        model: asked && !failed_before,
        profiles: around.variables.as_deref().map(stack::other_profiles).unwrap_or_default(),
    }
}

/// Makes the image of this program and starts the services. A language model that cannot be started is a finding: the
/// server answers with extracts then. `write` writes the files anew, with or without the model.
pub(super) fn bring_up(
    ctx: &Ctx,
    answers: &Answers,
    write: &mut dyn FnMut(bool) -> Result<()>,
) -> Result<Vec<Finding>> {
    make_image(ctx)?;
    let mut findings = Vec::new();
    if answers.endpoint == Endpoint::Auto {
        let started = up::bring_up(ctx, &[MODEL]);
        write(started.is_ok())?;
        if let Err(failure) = started {
            let hint = failure.hint_text().map(String::from);
            let summary = format!("answers are extracts: the language model cannot be started: {failure}");
            let finding = Finding::new("models.stack", Verdict::Warn, summary);
            let again = "`tars install --profile docker` tries it again";
            findings.push(finding.hint(hint.map_or(again.into(), |hint| format!("{hint}; {again}"))));
        }
    }
    up::bring_up(ctx, &[SERVICE])?;
    Ok(findings)
}

fn make_image(ctx: &Ctx) -> Result<()> {
    let image = ProgramImage::of_this()?;
    let progress = ctx.ui.progress(&format!("making the image `{}` out of this program", image.name));
    let made = ctx.block_on(async { image.make(&choice::engine(ctx).await?).await });
    progress.done();
    made.map(drop)
}

/// Whether the stack of this home was set up, so that there is something to take down.
pub(super) fn is_set_up(home: &Home) -> bool {
    home.config.join("compose.yml").is_file() && home.config.join(stack::VARIABLES).is_file()
}

/// What happens once the files are written.
pub(super) fn told(around: &Around, answers: &Answers) -> String {
    let model = if answers.endpoint == Endpoint::Auto { format!(" and `{MODEL}`") } else { String::new() };
    format!(
        "then the image `{}` is made out of this program, and the containers of `{SERVICE}`{model} are brought up",
        around.image
    )
}

/// Whether the embedded profile can be had where the configuration names this manager.
pub(super) fn refuse_embedded(config_manager: &str) -> Result<()> {
    if config_manager != "docker" {
        return Ok(());
    }
    Err(Failure::usage("the server runs as a container here, and `--profile embedded` asks for a process")
        .hint("take the containers away first: `tars install --uninstall`, which keeps the settings and the data"))
}

/// The directories of the stack, each with who may use it.
pub(super) fn directories(config: &Path) -> impl Iterator<Item = (PathBuf, u32)> + '_ {
    stack::DIRECTORIES.iter().map(|(name, mode)| (config.join(name), *mode))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around() -> Around {
        Around {
            engine: Fact::Known("26.1.5".into()),
            image: "tars:1".into(),
            user: (1000, 1000),
            me: (0, 0),
            owners: BTreeMap::new(),
            shared_mounts: true,
            variables: None,
        }
    }

    #[test]
    fn an_engine_that_does_not_answer_and_a_database_of_somebody_else_stop_it() {
        let home = Home::under(Path::new("/srv/t"));
        let verdicts =
            |around: &Around| judge(around, &home).iter().map(|finding| finding.verdict).collect::<Vec<_>>();
        assert_eq!(verdicts(&around()), [Verdict::Pass]);
        let silent = Around { engine: Fact::Unknown("no answer".into()), ..around() };
        assert_eq!(verdicts(&silent), [Verdict::Fail]);
        let owned = |owner| Around { owners: BTreeMap::from([(home.database(), owner)]), ..around() };
        assert_eq!(verdicts(&owned((1000, 1000))), [Verdict::Pass]);
        assert_eq!(verdicts(&owned((0, 0))), [Verdict::Pass, Verdict::Fail]);
    }

    #[test]
    fn the_server_is_never_root() {
        assert_ne!(user(&[PathBuf::from("/")]).0, 0);
    }
}
