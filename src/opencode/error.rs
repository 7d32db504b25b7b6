//! What can go wrong with opencode's server, in words for the user.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use rustls::CertificateError;

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("opencode is not connected")]
    NotConnected,
    #[error("`{0}` is not an http:// or https:// address")]
    Url(String),
    #[error("nothing answers at {url} ({source})")]
    Unreachable { url: String, source: Reason },
    #[error("{url} did not answer within {} s", .after.as_secs())]
    TimedOut { url: String, after: Duration },
    #[error("the event stream was silent for {} s", .after.as_secs())]
    Silent { after: Duration },
    #[error("the connection broke before the answer was complete ({0})")]
    Broken(Reason),
    #[error("{}", unauthorized(*.password_sent))]
    Unauthorized { password_sent: bool },
    #[error("the certificate of {url} is not trusted ({reason}); name the file of its authority in server.caFile")]
    Untrusted { url: String, reason: Reason },
    #[error("the certificate of {url} is not valid ({reason}); the server needs another, or the address is wrong")]
    Certificate { url: String, reason: Reason },
    #[error("{url} speaks no TLS that is understood ({reason}); if it is a plain server, write http://")]
    Tls { url: String, reason: Reason },
    #[error("server.caFile: {} cannot be read ({source}); name a file of certificates in PEM form", .file.display())]
    CaUnreadable { file: PathBuf, source: io::Error },
    #[error("server.caFile: no certificate is in {}; name a file of certificates in PEM form", .file.display())]
    CaEmpty { file: PathBuf },
    #[error("server.caFile: {} holds what is no certificate ({reason})", .file.display())]
    CaUnusable { file: PathBuf, reason: Reason },
    #[error("this system has no certificates to trust ({0}); install them, or name a file in server.caFile")]
    NoTls(Reason),
    /// Where a server knows the thing asked for and says that it is not there.
    #[error("opencode does not know it ({0})")]
    NotFound(String),
    #[error("opencode has no command `/{0}`; opencode.command without an argument lists them")]
    NoCommand(String),
    /// Not even asked for: why.
    #[error("{0}")]
    Refused(&'static str),
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
            Self::TimedOut { .. } | Self::Silent { .. } | Self::Broken(_) => false,
            Self::Status { status, .. } => *status < 500,
            _ => true,
        }
    }

    pub(super) fn from_reqwest(error: &reqwest::Error, url: &str, after: Duration) -> Self {
        let reason = Reason::of(error);
        if error.is_timeout() && !error.is_connect() {
            return Self::TimedOut { url: url.to_owned(), after };
        }
        if let Some(tls) = causes(error).find_map(|cause| cause.downcast_ref()) {
            return Self::from_tls(tls, url.to_owned());
        }
        // Nothing but a handshake is read before the connection stands.
        if error.is_connect() && causes(error).any(is_end_of_input) {
            return Self::Tls { url: url.to_owned(), reason };
        }
        if error.is_connect() {
            return Self::Unreachable { url: url.to_owned(), source: reason };
        }
        Self::Broken(reason)
    }

    fn from_tls(error: &rustls::Error, url: String) -> Self {
        let reason = Reason::of(error);
        match error {
            // The second: an authority of the same name is known, with another key.
            rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature) => {
                Self::Untrusted { url, reason }
            }
            rustls::Error::InvalidCertificate(_) => Self::Certificate { url, reason },
            _ => Self::Tls { url, reason },
        }
    }
}

fn unauthorized(password_sent: bool) -> &'static str {
    match password_sent {
        true => {
            "the server refuses the user or the password (401); correct server.username, and server.password, \
             server.passwordCommand or OPENCODE_SERVER_PASSWORD"
        }
        false => "the server asks for a password (401); set server.password or OPENCODE_SERVER_PASSWORD",
    }
}

/// An error and what caused it. An I/O error is no source of the error that it wraps, but holds it.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| {
        let error = *error;
        match error.downcast_ref().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        }
    })
}

fn is_end_of_input(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::UnexpectedEof)
}

/// The innermost cause of an error: the one that says something. Never holds a URL or a header.
#[derive(Debug)]
pub struct Reason(String);

impl Reason {
    pub(super) fn ended() -> Self {
        Self("the stream ended".to_owned())
    }

    pub(super) fn of(error: &dyn Error) -> Self {
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

impl Error for Reason {}
