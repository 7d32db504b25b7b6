//! What can go wrong with opencode's server, in words for the user.

use std::time::Duration;

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("`{0}` is not an http:// or https:// address")]
    Url(String),
    #[error("nothing answers at {url} ({source})")]
    Unreachable { url: String, source: Reason },
    #[error("{url} did not answer within {} s", .after.as_secs())]
    TimedOut { url: String, after: Duration },
    #[error("the connection broke before the answer was complete ({0})")]
    Broken(Reason),
    #[error("the server asks for a password (401); set server.password or OPENCODE_SERVER_PASSWORD")]
    Unauthorized,
    /// Where a server knows the thing asked for and says that it is not there.
    #[error("opencode does not know it ({0})")]
    NotFound(String),
    #[error("opencode answered {status}: {message}")]
    Status { status: u16, message: String },
    #[error("the answer is not opencode's ({0})")]
    NotOpencode(String),
    #[error("opencode {version} is too old: opencode-lsp needs 1.1 or newer; run `opencode upgrade`")]
    TooOld { version: String },
    #[error("opencode {version} is not supported yet: opencode-lsp speaks to 1.x")]
    TooNew { version: String },
}

impl ClientError {
    /// Whether the request certainly did not take effect.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::TimedOut { .. } | Self::Broken(_) => false,
            Self::Status { status, .. } => *status < 500,
            _ => true,
        }
    }

    pub(super) fn from_reqwest(error: &reqwest::Error, url: &str, after: Duration) -> Self {
        let reason = Reason::of(error);
        if error.is_timeout() && !error.is_connect() {
            return Self::TimedOut { url: url.to_owned(), after };
        }
        if error.is_connect() {
            return Self::Unreachable { url: url.to_owned(), source: reason };
        }
        Self::Broken(reason)
    }
}

/// The innermost cause of an error: the one that says something. Never holds a URL or a header.
#[derive(Debug)]
pub struct Reason(String);

impl Reason {
    pub(super) fn ended() -> Self {
        Self("the stream ended".to_owned())
    }

    pub(super) fn of(error: &dyn std::error::Error) -> Self {
        let mut inner = error;
        while let Some(source) = inner.source() {
            inner = source;
        }
        Self(inner.to_string())
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Reason {}
