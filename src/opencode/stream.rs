//! The event stream (`GET /event`): one project's events, nothing replayed.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use reqwest::{Method, StatusCode, header};
use serde_json::Value;
use sse_stream::SseByteStream;

use super::client::Client;
use super::error::{ClientError, Reason};
use super::wire;
use crate::core::server::ServerEvent;

/// A live stream.
pub struct EventStream {
    events: BoxStream<'static, Result<sse_stream::Sse, sse_stream::Error>>,
    client: Client,
    /// A stream that says nothing for longer is dead.
    patience: Duration,
}

impl EventStream {
    /// Opens the stream of a server of this version and waits for `server.connected`.
    pub async fn open(client: &Client, version: &str) -> Result<Self, ClientError> {
        let patience = wire::patience(version);
        let url = client.route(&["event"], &[]);
        let request = client.request(Method::GET, url).header(header::ACCEPT, "text/event-stream");
        let response = tokio::time::timeout(patience, request.send())
            .await
            .map_err(|_| ClientError::TimedOut { url: client.url().to_owned(), after: patience })?
            .map_err(|error| ClientError::from_reqwest(&error, client.url(), patience))?;
        if response.status() == StatusCode::UNAUTHORIZED {
            return Err(client.unauthorized());
        }
        let kind = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !response.status().is_success() || !kind.is_some_and(|kind| kind.starts_with("text/event-stream")) {
            return Err(ClientError::NotOpencode(format!("no event stream, status {}", response.status().as_u16())));
        }
        let events = SseByteStream::new(response.bytes_stream()).boxed();
        let mut stream = Self { events, client: client.clone(), patience };
        stream.next_value().await?;
        Ok(stream)
    }

    /// The next event that means something to the bridge.
    pub async fn next(&mut self) -> Result<ServerEvent, ClientError> {
        loop {
            let value = self.next_value().await?;
            if let Some(event) = wire::event(&value, self.client.paths()) {
                return Ok(event);
            }
        }
    }

    async fn next_value(&mut self) -> Result<Value, ClientError> {
        loop {
            let next = tokio::time::timeout(self.patience, self.events.next())
                .await
                .map_err(|_| ClientError::Silent { after: self.patience })?;
            let data = match next {
                Some(Ok(event)) => event.data,
                Some(Err(error)) => return Err(ClientError::Broken(Reason::of(&error))),
                None => return Err(ClientError::Broken(Reason::ended())),
            };
            let Some(data) = data else {
                continue;
            };
            match serde_json::from_str(&data) {
                Ok(value) => return Ok(value),
                Err(error) => tracing::warn!(%error, "an event that is not JSON"),
            }
        }
    }
}
