//! Names that opencode and the editor give to things, kept apart by type.

use std::fmt;
use std::sync::Arc;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// An opencode session, `ses_…`.
    SessionId
);
id!(
    /// A message of a session, `msg_…`.
    MessageId
);
id!(
    /// A part of a message, `prt_…`.
    PartId
);
id!(
    /// A permission request, `per_…`.
    PermissionId
);
id!(
    /// A request of opencode's `question` tool, `que_…`.
    QuestionId
);
id!(
    /// A document of the editor: its URI exactly as the editor writes it.
    DocumentUri
);

/// One question of the user on its way to opencode. Numbered by the bridge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DraftId(pub u64);

/// A workspace folder. Numbered by the bridge; one that comes back gets another number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FolderId(pub u64);

/// One `$/progress` of the bridge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ProgressId {
    Turn(DraftId),
    /// An own server of a folder is being started.
    Start(FolderId),
    /// What there is to know at a glance, where no plugin shows it.
    Status,
}

/// One change that is being taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub u64);

/// One question that the user is asked to write in the plugin's box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InputId(pub u64);

/// One menu that the plugin shows, or that is offered as code actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MenuId(pub u64);

/// One dialog (`window/showMessageRequest`) of the bridge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DialogId(pub u64);
