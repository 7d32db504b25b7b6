//! Lists that were asked for, and what becomes of them.

/// What a list is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListPurpose {
    /// To be known, for completion and checks in prompt documents.
    Known,
}
