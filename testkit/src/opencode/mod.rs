//! A real opencode server.

mod events;
mod isolation;
mod server;

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::{Model, Project};
pub use events::Events;
pub use isolation::Isolation;
pub use server::Opencode;

/// How a server that announces itself looks from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Announced {
    AsItself,
    FromElsewhere,
}

/// What an [`Opencode`] or an [`Isolation`] is to be like.
pub struct Builder {
    version: String,
    password: Option<String>,
    port: Option<u16>,
    announced: Option<Announced>,
    permission: Value,
    config: Value,
}

impl Opencode {
    /// Starts a server that asks before edits and commands, without a password.
    ///
    /// # Panics
    /// When it does not come up; the panic shows the end of its log.
    #[must_use]
    pub fn start(version: &str, project: &Project, model: &Model) -> Self {
        Self::builder(version).start(project, model)
    }

    /// A server that needs more than [`Opencode::start`] gives.
    #[must_use]
    pub fn builder(version: &str) -> Builder {
        Builder {
            version: version.into(),
            password: None,
            port: None,
            announced: None,
            permission: json!({"edit": "ask", "bash": "ask"}),
            config: json!({}),
        }
    }

    /// The environment of such a server, for a program that starts one itself.
    ///
    /// # Panics
    /// When the version cannot be installed.
    #[must_use]
    pub fn isolated(version: &str, model: &Model) -> Isolation {
        Self::builder(version).isolate(model)
    }
}

impl Builder {
    /// Makes the server ask for a password (the user is `opencode`).
    #[must_use]
    pub fn password(mut self, password: &str) -> Self {
        self.password = Some(password.into());
        self
    }

    /// Makes the server listen on this port instead of any free one.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Makes the server listen everywhere and announce itself by mDNS (`--mdns`).
    #[must_use]
    pub fn announced(mut self) -> Self {
        self.announced = Some(Announced::AsItself);
        self
    }

    /// The same with a program that is not named like opencode, as nobody can see what other users
    /// and other machines run.
    #[must_use]
    pub fn announced_from_elsewhere(mut self) -> Self {
        self.announced = Some(Announced::FromElsewhere);
        self
    }

    /// Replaces the permissions, which are `{"edit": "ask", "bash": "ask"}`.
    #[must_use]
    pub fn permission(mut self, permission: Value) -> Self {
        self.permission = permission;
        self
    }

    /// Adds keys to the configuration, over those that are there by default.
    ///
    /// # Panics
    /// When it is not an object.
    #[must_use]
    pub fn config(mut self, config: Value) -> Self {
        assert!(config.is_object(), "a configuration is an object: {config}");
        self.config = config;
        self
    }

    /// Prepares the environment and starts nothing.
    ///
    /// # Panics
    /// When the version cannot be installed.
    #[must_use]
    pub fn isolate(&self, model: &Model) -> Isolation {
        let mut config = isolation::config(model, &self.permission);
        for (key, value) in self.config.as_object().into_iter().flatten() {
            config[key] = value.clone();
        }
        Isolation::new(&self.version, &config, self.password.as_deref())
    }

    /// Starts the server and waits until it answers.
    ///
    /// # Panics
    /// When it does not come up; the panic shows the end of its log.
    #[must_use]
    pub fn start(self, project: &Project, model: &Model) -> Opencode {
        let isolation = self.isolate(model);
        let folder = PathBuf::from(project.root());
        let port = self.port.unwrap_or_else(free_port);
        Opencode::run(isolation, folder, port, self.password, self.announced)
    }
}

/// A port that is free now. Somebody else may take it before the server does; that shows as a
/// server that does not come up.
fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr()).expect("a free port").port()
}
