//! What the code means that a container ended with.

use bollard::models::ContainerState;
use serde::Serialize;

/// How a container ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exit {
    /// The code.
    pub code: i64,
    /// What it means.
    pub meaning: String,
    /// The kernel ended it for want of memory.
    pub out_of_memory: bool,
}

/// Codes above this are the number of the signal that ended the process.
const SIGNALS: i64 = 128;

impl Exit {
    /// How this container ended; none where it runs, or never ran.
    pub fn of(state: &ContainerState) -> Option<Self> {
        let runs = state.running.unwrap_or_default() && !state.restarting.unwrap_or_default();
        let code = state.exit_code?;
        let error = state.error.as_deref().unwrap_or_default().trim();
        if runs || (code == 0 && error.is_empty()) {
            return None;
        }
        let out_of_memory = state.oom_killed.unwrap_or_default();
        let meaning = if error.is_empty() { meaning(code, out_of_memory) } else { error.to_string() };
        Some(Self { code, meaning, out_of_memory })
    }

    /// What to do about it.
    pub fn hint(&self, service: &str) -> String {
        match self.code {
            137 if self.out_of_memory => format!(
                "give `{service}` more memory: `mem_limit`, or `deploy.resources.limits.memory`; or have it use less"
            ),
            137 => format!(
                "see whether the machine was out of memory: `journalctl -k | grep -i oom`; otherwise somebody \
                 killed `{service}`"
            ),
            125..=127 => format!(
                "see whether `command` and `entrypoint` of `{service}` name a program that its image has"
            ),
            132 => {
                format!("see whether the image of `{service}` is for this machine's processor: `platform`")
            }
            _ => format!("`tars ops logs {service}` shows everything that it wrote"),
        }
    }
}

fn meaning(code: i64, out_of_memory: bool) -> String {
    let text = match code {
        125 => "the engine could not run it",
        126 => "its command is there, but cannot be executed",
        127 => "its command was not found",
        130 => "it was interrupted (SIGINT)",
        132 => "it ran into an instruction that this processor does not have (SIGILL)",
        134 => "it gave itself up (SIGABRT)",
        135 => "it touched memory that is not there (SIGBUS)",
        136 => "it made an impossible calculation (SIGFPE)",
        137 if out_of_memory => "it was killed for want of memory",
        137 => "it was killed (SIGKILL)",
        139 => "it touched memory that is not its own (SIGSEGV)",
        141 => "nobody read what it wrote (SIGPIPE)",
        143 => "it was asked to end (SIGTERM)",
        code if (SIGNALS + 1..=SIGNALS + 64).contains(&code) => {
            return format!("it was ended by the signal {}", code - SIGNALS);
        }
        _ => "it gave up by itself",
    };
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(code: i64, oom: bool) -> Option<Exit> {
        Exit::of(&ContainerState {
            exit_code: Some(code),
            oom_killed: Some(oom),
            ..ContainerState::default()
        })
    }

    #[test]
    fn codes_have_their_meaning_and_their_hint() {
        let table = [
            (1, false, "it gave up by itself", "ops logs"),
            (125, false, "the engine could not run it", "`command`"),
            (126, false, "its command is there, but cannot be executed", "`entrypoint`"),
            (127, false, "its command was not found", "`command`"),
            (132, false, "(SIGILL)", "platform"),
            (137, false, "it was killed (SIGKILL)", "journalctl"),
            (137, true, "it was killed for want of memory", "mem_limit"),
            (139, false, "(SIGSEGV)", "ops logs"),
            (143, false, "(SIGTERM)", "ops logs"),
            (159, false, "the signal 31", "ops logs"),
            (255, false, "it gave up by itself", "ops logs"),
        ];
        for (code, oom, meaning, hint) in table {
            let exit = ended(code, oom).unwrap();
            assert!(exit.meaning.contains(meaning), "{code}: {}", exit.meaning);
            assert!(exit.hint("web").contains(hint), "{code}: {}", exit.hint("web"));
        }
    }

    #[test]
    fn what_runs_or_is_done_did_not_end_badly() {
        assert_eq!(ended(0, false), None);
        let running = ContainerState { running: Some(true), exit_code: Some(1), ..ContainerState::default() };
        assert_eq!(Exit::of(&running), None);
        let failed = ContainerState {
            exit_code: Some(127),
            error: Some("exec: \"/nope\": not found".into()),
            ..ContainerState::default()
        };
        assert_eq!(Exit::of(&failed).unwrap().meaning, "exec: \"/nope\": not found");
    }
}
