//! `opencode-lsp review`: the changes that are not reviewed, and verdicts on them. Where an editor has the
//! folder open, its bridge does it, so that an undo of an open file is an edit in the editor.

mod folder;
mod headless;
mod print;

use std::io;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::{Value, json};

use super::{At, DONE, FAILED, WAITS, fail, print as say};
use crate::config::Overrides;
use crate::core::changes::{Fate, FileFate, ReviewedFile};
use crate::core::ids::DocumentUri;
use crate::core::inert::inert_lines;
use crate::socket::CallError;
use folder::Reviews;

#[derive(Debug, clap::Args)]
pub struct Review {
    #[command(subcommand)]
    command: Option<ReviewCommand>,
    #[command(flatten)]
    at: At,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum ReviewCommand {
    /// List the changes that are not reviewed; so does no subcommand at all
    List,
    /// Keep changes: they are no longer listed
    Keep(Which),
    /// Take changes back: in the editor where the file is open there, else on disk
    Undo(Which),
    /// Print the changes as a unified diff
    Diff {
        /// Of this file only
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
}

#[derive(Debug, clap::Args)]
struct Which {
    /// All changes of this file
    #[arg(value_name = "FILE", required_unless_present = "all")]
    file: Option<PathBuf>,
    /// Only this one, by its id in the list
    #[arg(long, value_name = "ID", requires = "file")]
    hunk: Option<String>,
    /// All changes of all files of the folder
    #[arg(long, conflicts_with = "file")]
    all: bool,
}

/// Why nothing was done, for people.
#[derive(Debug, thiserror::Error)]
enum ReviewError {
    #[error("the folder cannot be used ({0})")]
    Folder(io::Error),
    #[error("nothing that opencode changed here is unreviewed")]
    Nothing,
    #[error("nothing that opencode changed in {} is unreviewed; opencode-lsp review lists what is", .0.display())]
    NothingIn(PathBuf),
    #[error("there is no change {id} in {}; opencode-lsp review lists those there are", .file.display())]
    NoSuchChange { id: String, file: PathBuf },
    #[error("another opencode-lsp keeps the reviews of this folder; try again in a moment")]
    Elsewhere,
    #[error("opencode is at work in a session that changed {0}; undo it when opencode has finished")]
    AtWork(String),
    #[error("{0}")]
    Refused(String),
    #[error("{0}")]
    Call(CallError),
}

impl From<CallError> for ReviewError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Elsewhere => Self::Elsewhere,
            CallError::Refused(problem) => Self::Refused(problem),
            other => Self::Call(other),
        }
    }
}

/// The exit code is 0 when all was done, 3 when some of it waits for the end of opencode's turn, else 1.
pub async fn run(overrides: Overrides, review: Review) -> u8 {
    let Review { command, at, json } = review;
    let done = match command.unwrap_or(ReviewCommand::List) {
        ReviewCommand::List => list(&overrides, &at, json).await,
        ReviewCommand::Keep(which) => verdict(&overrides, &at, Verdict::Keep, which, json).await,
        ReviewCommand::Undo(which) => verdict(&overrides, &at, Verdict::Undo, which, json).await,
        ReviewCommand::Diff { file } => diff(&overrides, &at, file).await,
    };
    done.unwrap_or_else(|error| fail(&error))
}

#[derive(Debug, Clone, Copy)]
enum Verdict {
    Keep,
    Undo,
}

impl Verdict {
    /// As in `workspace/executeCommand`.
    fn command(self) -> &'static str {
        match self {
            Self::Keep => "opencode.review.keep",
            Self::Undo => "opencode.review.undo",
        }
    }
}

async fn list(overrides: &Overrides, at: &At, as_json: bool) -> Result<u8, ReviewError> {
    let mut reviews = find(overrides, at, None).await?;
    let files = reviews.list().await;
    reviews.end().await;
    let files = files?;
    Ok(say(&if as_json { print::list_json(&files) } else { print::list(&files) }))
}

async fn diff(overrides: &Overrides, at: &At, file: Option<PathBuf>) -> Result<u8, ReviewError> {
    let mut reviews = find(overrides, at, file.as_deref()).await?;
    let text = diff_of(&mut reviews, file).await;
    reviews.end().await;
    Ok(say(&inert_lines(&text?)))
}

async fn diff_of(reviews: &mut Reviews, file: Option<PathBuf>) -> Result<String, ReviewError> {
    let files = reviews.list().await?;
    match file {
        None if files.is_empty() => Ok(String::new()),
        None => reviews.diff(None).await,
        Some(file) => {
            let uri = DocumentUri::from(named(&files, &file)?.uri.as_str());
            reviews.diff(Some(&uri)).await
        }
    }
}

async fn verdict(
    overrides: &Overrides,
    at: &At,
    verdict: Verdict,
    which: Which,
    as_json: bool,
) -> Result<u8, ReviewError> {
    let mut reviews = find(overrides, at, which.file.as_deref()).await?;
    let fates = run_each(&mut reviews, verdict, which).await;
    reviews.end().await;
    let (files, fates) = fates?;
    let code = exit_code(&fates);
    if as_json {
        return Ok(say(&print::fates_json(&files, &fates)).max(code));
    }
    let printed = say(&print::done(&files, &fates));
    print::undone(&files, &fates).iter().for_each(|text| super::note(text));
    Ok(printed.max(code))
}

/// File by file: other workspace folders of the same editor are not meant.
async fn run_each(
    reviews: &mut Reviews,
    verdict: Verdict,
    which: Which,
) -> Result<(Vec<ReviewedFile>, Vec<FileFate>), ReviewError> {
    let files = reviews.list().await?;
    let Some(file) = which.file else {
        if files.is_empty() {
            return Err(ReviewError::Nothing);
        }
        let mut fates = Vec::new();
        for file in &files {
            fates.extend(run_one(reviews, verdict, file, json!({ "uri": file.uri })).await?);
        }
        return Ok((files, fates));
    };
    let found = named(&files, &file)?;
    let argument = match which.hunk {
        None => json!({ "uri": found.uri }),
        Some(id) => {
            let hunk = found.hunks.iter().find(|hunk| hunk.id == id);
            let hunk = hunk.ok_or_else(|| ReviewError::NoSuchChange { id, file: file.clone() })?;
            json!({ "uri": found.uri, "id": hunk.data_id })
        }
    };
    let fates = run_one(reviews, verdict, found, argument).await?;
    Ok((files, fates))
}

/// What cannot be done with one file does not keep the others from it.
async fn run_one(
    reviews: &mut Reviews,
    verdict: Verdict,
    file: &ReviewedFile,
    argument: Value,
) -> Result<Vec<FileFate>, ReviewError> {
    match reviews.run(verdict.command(), argument, file).await {
        Err(error @ (ReviewError::Refused(_) | ReviewError::AtWork(_))) => {
            Ok(vec![FileFate { path: file.path.clone(), fate: Fate::Refused(error.to_string()) }])
        }
        other => other,
    }
}

fn exit_code(fates: &[FileFate]) -> u8 {
    if fates.iter().any(|file| matches!(file.fate, Fate::Refused(_))) {
        return FAILED;
    }
    if fates.iter().any(|file| file.fate == Fate::Waits) { WAITS } else { DONE }
}

/// The reviews of the folder that is named, else of the one that a file is in, else of the current one.
async fn find(overrides: &Overrides, at: &At, file: Option<&Path>) -> Result<Reviews, ReviewError> {
    let place = match (&at.directory, file) {
        (Some(directory), _) => std::path::absolute(directory),
        (None, Some(file)) => std::path::absolute(file).map(|file| file.parent().unwrap_or(&file).to_path_buf()),
        (None, None) => here(),
    };
    folder::find(&place.map_err(ReviewError::Folder)?, overrides, at).await
}

/// As the shell names it, where it is behind a link: so may the editor.
fn here() -> io::Result<PathBuf> {
    let here = std::env::current_dir()?;
    let named = std::env::var_os("PWD").map(PathBuf::from).filter(|named| named.is_absolute());
    let is_here = |named: &PathBuf| named.canonicalize().ok() == here.canonicalize().ok();
    Ok(named.filter(is_here).unwrap_or(here))
}

/// The file that is meant, by whatever name: it may be gone from the disk.
fn named<'a>(files: &'a [ReviewedFile], file: &Path) -> Result<&'a ReviewedFile, ReviewError> {
    let absolute = std::path::absolute(file).map_err(ReviewError::Folder)?;
    let real = real(&absolute);
    let is_it = |listed: &&ReviewedFile| listed.path == absolute || self::real(&listed.path) == real;
    files.iter().find(is_it).ok_or_else(|| ReviewError::NothingIn(file.to_path_buf()))
}

/// Without links in its folder.
fn real(path: &Path) -> PathBuf {
    match (path.parent().and_then(|folder| folder.canonicalize().ok()), path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => path.to_path_buf(),
    }
}
