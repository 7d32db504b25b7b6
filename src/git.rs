//! What git says has changed in a project, where opencode cannot be asked.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use process_wrap::tokio::CommandWrap;
use tokio::io::{AsyncRead, AsyncReadExt as _};

use crate::opencode::own::process::in_own_group;

const WITHIN: Duration = Duration::from_secs(5);
/// More than a prompt takes, in bytes.
const MOST: u64 = 1024 * 1024;
/// No pager, diff program, text converter or file system monitor of a repository's settings is run; nothing is
/// written.
const ARGUMENTS: [&str; 11] = [
    "--no-pager",
    "--no-optional-locks",
    "-c",
    "core.fsmonitor=false",
    "diff",
    "HEAD",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--ignore-submodules=dirty",
    "--relative",
];

/// The changes since the last commit, in this folder, as a unified diff.
///
/// # Errors
/// In words, where there is no git, no repository, no commit, or no answer in time.
pub async fn uncommitted(root: &Path) -> Result<String, String> {
    match tokio::time::timeout(WITHIN, run(root)).await {
        Ok(result) => result,
        Err(_) => Err(format!("git took longer than {} seconds", WITHIN.as_secs())),
    }
}

async fn run(root: &Path) -> Result<String, String> {
    let mut wrap = CommandWrap::with_new("git", |command| {
        command.args(ARGUMENTS).current_dir(root);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.env("GIT_TERMINAL_PROMPT", "0").kill_on_drop(true);
    });
    in_own_group(&mut wrap);
    let mut child = wrap.spawn().map_err(|error| format!("git could not be started: {error}"))?;
    let (out, err) = (child.stdout().take(), child.stderr().take());
    let (out, err) = tokio::join!(beginning(out), beginning(err));
    if out.len() as u64 == MOST {
        // The rest is not wanted; it would wait for somebody to read it.
        let _ = child.start_kill();
        return Ok(text(&out));
    }
    let status = child.wait().await.map_err(|error| error.to_string())?;
    if !status.success() {
        return Err(format!("git failed ({status}): {}", text(&err).trim()));
    }
    Ok(text(&out))
}

async fn beginning(pipe: Option<impl AsyncRead + Unpin>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe
        && let Err(error) = pipe.take(MOST).read_to_end(&mut bytes).await
    {
        tracing::debug!(%error, "git could not be read");
    }
    bytes
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use testkit::Project;

    use super::*;

    #[tokio::test]
    async fn what_is_staged_and_what_is_not_is_told_without_running_the_diff_programs_of_the_repository() {
        let project = Project::new(&[("a.py", "a\n"), ("sub/b.py", "b\n"), (".gitattributes", "*.py diff=evil\n")]);
        let ran = project.root().join("ran");
        let evil = format!("touch {}; cat", ran.display());
        for key in ["diff.external", "diff.evil.textconv", "diff.evil.command", "core.pager", "core.fsmonitor"] {
            project.git(&["config", key, &evil]);
        }
        assert_eq!(uncommitted(project.root()).await.as_deref(), Ok(""));
        std::fs::write(project.path("a.py"), "A\n").expect("written");
        std::fs::write(project.path("sub/b.py"), "B\n").expect("written");
        let diff = uncommitted(project.root()).await.expect("a diff");
        assert!(diff.contains("\n-a\n+A\n") && diff.contains("\n-b\n+B\n"), "{diff}");
        let below = uncommitted(&project.root().join("sub")).await.expect("a diff");
        assert!(below.contains("b.py\n") && !below.contains("a.py"), "{below}");
        assert!(!ran.exists());
    }

    #[tokio::test]
    async fn a_diff_without_end_is_cut_and_a_folder_without_a_repository_has_none() {
        let project = Project::new(&[("a.txt", "")]);
        std::fs::write(project.path("a.txt"), "0123456789abcde\n".repeat(200_000)).expect("written");
        assert_eq!(uncommitted(project.root()).await.map(|diff| diff.len() as u64), Ok(MOST));
        let none = tempfile::tempdir().expect("a folder");
        let problem = uncommitted(none.path()).await.expect_err("no repository");
        assert!(problem.contains("git failed"), "{problem}");
    }
}
