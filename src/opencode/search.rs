//! Searches for files and symbols of the project.

use std::time::Duration;

use super::client::Client;
use super::error::ClientError;
use super::wire;
use crate::core::server::{Found, FoundSymbol};

/// How many files are asked for.
const MOST: &str = "50";
/// Symbols come from language servers, which may take long to start: files do not wait for them.
const SYMBOLS_WITHIN: Duration = Duration::from_millis(100);
/// Of a shorter name there are too many.
const SHORTEST: usize = 2;

impl Client {
    pub async fn find(&self, query: &str, symbols: bool) -> Result<Found, ClientError> {
        let (files, symbols) = tokio::join!(self.find_files(query), self.find_symbols(query, symbols));
        Ok(Found { files: files?, symbols })
    }

    async fn find_files(&self, query: &str) -> Result<Vec<String>, ClientError> {
        let query = [("query", query), ("dirs", "false"), ("limit", MOST)];
        Ok(wire::files(&self.get(&["find", "file"], &query).await?))
    }

    /// None of the 1.x servers that were looked at finds any; what fails or takes long finds none.
    async fn find_symbols(&self, query: &str, wanted: bool) -> Vec<FoundSymbol> {
        if !wanted || query.chars().count() < SHORTEST || query.contains(['/', '.']) {
            return Vec::new();
        }
        let query = [("query", query)];
        let answer = tokio::time::timeout(SYMBOLS_WITHIN, self.get(&["find", "symbol"], &query)).await;
        answer.ok().and_then(Result::ok).map(|answer| wire::symbols(&answer, self.paths())).unwrap_or_default()
    }
}
