//! How a server is reached: its address, who is let in, proxies and TLS.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use percent_encoding::percent_decode_str;
use reqwest::{Certificate, Method};
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use super::error::{ClientError, Reason};
use super::path_map::PathMap;

const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// Where a server is and how to be let in.
#[derive(Clone)]
pub struct Target {
    pub url: String,
    pub username: String,
    pub password: Option<SecretString>,
    /// Folders that it knows by other names.
    pub path_map: PathMap,
    /// Certificates to trust besides the platform's.
    pub ca_file: Option<PathBuf>,
}

/// The address may hold a password.
impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target").field("url", &without_password(&self.url)).finish_non_exhaustive()
    }
}

/// Requests to one address, with what lets them in.
#[derive(Debug, Clone)]
pub(super) struct Access {
    http: reqwest::Client,
    base: Url,
    username: String,
    password: Option<SecretString>,
}

impl Access {
    /// Prepares requests; nothing is sent.
    pub(super) fn new(target: &Target) -> Result<Self, ClientError> {
        let wrong = || ClientError::Url(without_password(&target.url));
        let mut base = Url::parse(&target.url).map_err(|_| wrong())?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(wrong());
        }
        let mut username = target.username.clone();
        let mut password = target.password.clone();
        let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        if let Some(given) = base.password() {
            password = Some(SecretString::from(decode(given)));
        }
        if !base.username().is_empty() {
            username = decode(base.username());
        }
        // What remains is shown and logged.
        base.set_username("").and_then(|()| base.set_password(None)).map_err(|()| wrong())?;
        base.set_query(None);
        base.set_fragment(None);
        let http = http(&base, target.ca_file.as_deref())?;
        Ok(Self { http, base, username, password })
    }

    /// The address without credentials.
    pub(super) fn base(&self) -> &Url {
        &self.base
    }

    pub(super) fn has_password(&self) -> bool {
        self.password.is_some()
    }

    /// Whether others on the way can read the password.
    pub(super) fn exposes_password(&self) -> bool {
        self.has_password() && is_exposed(&self.base)
    }

    pub(super) fn request(&self, method: Method, url: Url) -> reqwest::RequestBuilder {
        let request = self.http.request(method, url);
        match &self.password {
            Some(password) => request.basic_auth(&self.username, Some(password.expose_secret())),
            None => request,
        }
    }
}

fn http(base: &Url, ca_file: Option<&Path>) -> Result<reqwest::Client, ClientError> {
    let mut builder = reqwest::Client::builder()
        .connect_timeout(CONNECT_WITHIN)
        // Wherever they lead, the password is not meant for it.
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("opencode-lsp/", env!("CARGO_PKG_VERSION")));
    if is_loopback(base) {
        // A proxy of the environment must not catch the user's own machine.
        builder = builder.no_proxy();
    }
    builder = match ca_file {
        // No TLS will be spoken, so no certificates are loaded: 10 MB and tens of milliseconds.
        _ if base.scheme() == "http" => builder.tls_certs_only([]),
        Some(file) => builder.tls_certs_merge(certificates(file)?),
        None => builder,
    };
    builder.build().map_err(|error| match (ca_file, Reason::of(&error)) {
        (Some(file), reason) if base.scheme() == "https" => {
            ClientError::CaUnusable { file: file.to_path_buf(), reason }
        }
        (_, reason) => ClientError::NoTls(reason),
    })
}

fn certificates(file: &Path) -> Result<Vec<Certificate>, ClientError> {
    let pem = std::fs::read(file).map_err(|source| ClientError::CaUnreadable { file: file.to_path_buf(), source })?;
    let certificates = Certificate::from_pem_bundle(&pem)
        .map_err(|error| ClientError::CaUnusable { file: file.to_path_buf(), reason: Reason::of(&error) })?;
    if certificates.is_empty() {
        return Err(ClientError::CaEmpty { file: file.to_path_buf() });
    }
    Ok(certificates)
}

/// Whether what is sent to an address can be read on the way.
fn is_exposed(url: &Url) -> bool {
    url.scheme() == "http" && !is_loopback(url)
}

/// Whether an address is this machine's own.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(ip)) => is_own(ip.into()),
        Some(Host::Ipv6(ip)) => is_own(IpAddr::V6(ip).to_canonical()),
        None => false,
    }
}

/// Servers name themselves `0.0.0.0` when they listen everywhere; whoever connects to that stays here.
fn is_own(ip: IpAddr) -> bool {
    ip.is_loopback() || ip.is_unspecified()
}

/// An address that could not be parsed, for an error message.
fn without_password(url: &str) -> String {
    match url.rsplit_once('@') {
        Some((_, rest)) => format!("…@{rest}"),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_exposed_by_plain_http_to_other_machines_only() {
        let exposed = |url| is_exposed(&Url::parse(url).expect("a URL"));
        for url in ["http://192.0.2.1:4096", "http://devbox:4096", "http://[2001:db8::1]", "http://localhost.example"] {
            assert!(exposed(url), "{url}");
        }
        for url in [
            "https://devbox",
            "http://127.0.0.1:4096",
            "http://127.1.2.3",
            "http://0.0.0.0:4096",
            "http://[::]:4096",
            "http://[::1]:4096",
            "http://[::ffff:127.0.0.1]:4096",
            "http://localhost:4096",
            "http://localhost.:4096",
            "http://opencode.localhost",
        ] {
            assert!(!exposed(url), "{url}");
        }
    }

    #[test]
    fn no_secret_in_debug_output() {
        let target = Target {
            url: "http://me:hunter2@devbox:4096".to_owned(),
            username: "me".to_owned(),
            password: Some(SecretString::from("hunter2")),
            path_map: PathMap::default(),
            ca_file: None,
        };
        let access = Access::new(&target).expect("an address");
        assert!(access.exposes_password());
        assert!(!format!("{target:?} {access:?}").contains("hunter2"));
        assert_eq!(access.base().as_str(), "http://devbox:4096/");
    }
}
