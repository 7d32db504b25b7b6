//! The whole bridge on real opencode servers, driven by a scripted model, through an LSP client.

mod ask;
mod kit;
