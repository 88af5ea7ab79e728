//! Running a system tool: arguments and never a shell, no input, a deadline, and an error that quotes what
//! the tool said.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use crate::failure::{Failure, Result};

/// What a tool that ran to its end said.
#[derive(Debug)]
pub struct Output {
    /// Its exit code was zero.
    pub success: bool,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error, without the last line end.
    pub stderr: String,
}

/// Runs a tool and takes what it says, whatever its exit code.
pub async fn output(program: &str, arguments: &[&str], deadline: Duration) -> Result<Output> {
    let shown = || format!("`{program} {}`", arguments.join(" "));
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    // Tools speak to this program in the language it can read.
    command.env("LC_ALL", "C.UTF-8").env("SYSTEMD_COLORS", "0").env("SYSTEMD_PAGER", "");
    match tokio::time::timeout(deadline, command.output()).await {
        Ok(Ok(output)) => Ok(Output {
            success: output.status.success(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).trim_end().to_string(),
        }),
        Ok(Err(error)) => Err(Failure::environment(format!("cannot run {}", shown())).because(&error)),
        Err(_) => Err(Failure::environment(format!("{} did not end in {} s", shown(), deadline.as_secs()))
            .hint("run it by hand to see what it waits for")),
    }
}

/// Runs a tool that must succeed; its standard output.
pub async fn run(program: &str, arguments: &[&str], deadline: Duration) -> Result<String> {
    let output = output(program, arguments, deadline).await?;
    if output.success {
        return Ok(output.stdout);
    }
    Err(Failure::environment(format!("`{program} {}` failed: {}", arguments.join(" "), output.stderr)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_tool_that_hangs_is_ended_and_a_failing_one_quoted() {
        let hung = run("sleep", &["60"], Duration::from_millis(50)).await.unwrap_err();
        assert!(hung.to_string().contains("`sleep 60` did not end"), "{hung}");
        let failed = run("ls", &["/no/such/place"], Duration::from_secs(5)).await.unwrap_err();
        assert!(failed.to_string().contains("No such file"), "{failed}");
        let missing = run("no-such-tool", &[], Duration::from_secs(5)).await.unwrap_err();
        assert!(missing.to_string().contains("cannot run `no-such-tool"), "{missing}");
    }
}
