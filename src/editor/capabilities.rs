//! What the client can do, as named flags, and what this server offers it.

use tower_lsp_server::ls_types::{
    ClientCapabilities, CodeActionKind, CodeActionOptions, CodeActionProviderCapability, CodeLensOptions,
    ExecuteCommandOptions, InitializeParams, OneOf, PositionEncodingKind, ResourceOperationKind, SaveOptions,
    ServerCapabilities, TextDocumentSyncCapability, TextDocumentSyncKind, TextDocumentSyncOptions,
    TextDocumentSyncSaveOptions, WorkDoneProgressOptions, WorkspaceFoldersServerCapabilities,
    WorkspaceServerCapabilities,
};

use super::completion::PromptFeatures;
use super::own_documents::TranscriptFlags;
use super::{command_table, plugin};
use crate::core::plugins::PluginFlags;
use crate::core::state::ClientFiles;
use crate::text::Encoding;

/// The client's capabilities as far as they matter.
#[derive(Debug, Clone, Copy, Default)]
pub struct ClientFlags {
    pub encoding: Encoding,
    /// `window.workDoneProgress`: the server may start progress by itself.
    pub progress: bool,
    /// `workspace.configuration`: the settings can be asked for.
    pub configuration: bool,
    /// `workspace.didChangeConfiguration.dynamicRegistration`.
    pub registers_configuration: bool,
    /// `codeActionLiteralSupport`; without it code actions are bare commands.
    pub code_action_literals: bool,
    pub related_information: bool,
    /// `workspace.codeLens.refreshSupport`.
    pub refreshes_code_lenses: bool,
    /// `workspaceEdit.resourceOperations`.
    pub files: ClientFiles,
    pub transcripts: TranscriptFlags,
    pub prompts: PromptFeatures,
    /// `experimental.opencode`.
    pub plugin: PluginFlags,
    /// kakoune-lsp 22 hands the titles of a dialog to `echo`, which in dash makes a quote of `\0047`: what comes
    /// after it would be run.
    pub runs_backslashes: bool,
}

impl ClientFlags {
    pub fn of(params: &InitializeParams) -> Self {
        let ClientCapabilities { workspace, text_document, window, general, .. } = &params.capabilities;
        let text = text_document.as_ref();
        let workspace = workspace.as_ref();
        let operations = workspace
            .and_then(|workspace| workspace.workspace_edit.as_ref())
            .and_then(|edit| edit.resource_operations.clone())
            .unwrap_or_default();
        Self {
            encoding: general
                .as_ref()
                .and_then(|general| general.position_encodings.as_ref())
                .and_then(|offered| offered.iter().find_map(encoding))
                .unwrap_or_default(),
            progress: window.as_ref().and_then(|window| window.work_done_progress).unwrap_or_default(),
            configuration: workspace.and_then(|w| w.configuration).unwrap_or_default(),
            registers_configuration: workspace
                .and_then(|w| w.did_change_configuration.as_ref())
                .and_then(|c| c.dynamic_registration)
                .unwrap_or_default(),
            code_action_literals: text
                .and_then(|text| text.code_action.as_ref())
                .is_some_and(|action| action.code_action_literal_support.is_some()),
            related_information: text
                .and_then(|text| text.publish_diagnostics.as_ref())
                .and_then(|diagnostics| diagnostics.related_information)
                .unwrap_or_default(),
            refreshes_code_lenses: workspace
                .and_then(|workspace| workspace.code_lens.as_ref())
                .and_then(|lens| lens.refresh_support)
                .unwrap_or_default(),
            files: ClientFiles {
                delete: operations.contains(&ResourceOperationKind::Delete),
                rename: operations.contains(&ResourceOperationKind::Rename),
            },
            transcripts: text.map(TranscriptFlags::of).unwrap_or_default(),
            prompts: text.map(PromptFeatures::of).unwrap_or_default(),
            plugin: plugin::flags(params.capabilities.experimental.as_ref()),
            runs_backslashes: params.client_info.as_ref().is_some_and(|client| client.name == "kakoune-lsp"),
        }
    }
}

/// The client's list is in the order of its preference (LSP 3.17, `positionEncodings`).
fn encoding(kind: &PositionEncodingKind) -> Option<Encoding> {
    match kind.as_str() {
        "utf-8" => Some(Encoding::Utf8),
        "utf-16" => Some(Encoding::Utf16),
        "utf-32" => Some(Encoding::Utf32),
        _ => None,
    }
}

fn encoding_kind(encoding: Encoding) -> PositionEncodingKind {
    match encoding {
        Encoding::Utf8 => PositionEncodingKind::UTF8,
        Encoding::Utf16 => PositionEncodingKind::UTF16,
        Encoding::Utf32 => PositionEncodingKind::UTF32,
    }
}

/// What `initialize` answers.
pub fn server_capabilities(flags: ClientFlags) -> ServerCapabilities {
    let mut capabilities = ServerCapabilities {
        position_encoding: Some(encoding_kind(flags.encoding)),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::INCREMENTAL),
            will_save: Some(true),
            save: Some(TextDocumentSyncSaveOptions::SaveOptions(SaveOptions { include_text: Some(false) })),
            will_save_wait_until: Some(false),
        })),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::QUICKFIX, CodeActionKind::EMPTY]),
            ..CodeActionOptions::default()
        })),
        // Neovim 0.10 shows code lenses without announcing it.
        code_lens_provider: Some(CodeLensOptions { resolve_provider: Some(false) }),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: command_table::names().map(str::to_owned).collect(),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        }),
        workspace: Some(WorkspaceServerCapabilities {
            workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(OneOf::Left(true)),
            }),
            file_operations: None,
        }),
        ..ServerCapabilities::default()
    };
    flags.transcripts.announce(&mut capabilities);
    flags.prompts.announce(&mut capabilities);
    capabilities
}
