//! A chat completion on its way to the client.

use std::io::{self, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use super::script::Call;

/// A streamed chat completion.
pub(crate) struct Stream<'a> {
    out: &'a TcpStream,
}

impl<'a> Stream<'a> {
    /// Begins the response, so that the client knows it is being answered.
    pub(crate) fn begin(out: &'a TcpStream) -> io::Result<Self> {
        let mut stream = Self { out };
        stream.out.write_all(
            b"HTTP/1.1 200 OK\r\n\
              Content-Type: text/event-stream\r\n\
              Cache-Control: no-cache\r\n\
              Transfer-Encoding: chunked\r\n\
              Connection: close\r\n\r\n",
        )?;
        stream.delta(&json!({"role": "assistant", "content": ""}))?;
        Ok(stream)
    }

    /// Sends a piece of text.
    pub(crate) fn text(&mut self, text: &str) -> io::Result<()> {
        self.delta(&json!({"content": text}))
    }

    /// Sends all the calls of the message.
    pub(crate) fn calls(&mut self, calls: &[Call]) -> io::Result<()> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        for (index, call) in calls.iter().enumerate() {
            let id = format!("call_{}", NEXT.fetch_add(1, Ordering::Relaxed));
            let function = json!({"name": call.tool, "arguments": call.input.to_string()});
            self.delta(&json!({
                "tool_calls": [{"index": index, "id": id, "type": "function", "function": function}],
            }))?;
        }
        Ok(())
    }

    /// Ends the message.
    pub(crate) fn end(&mut self, reason: &str) -> io::Result<()> {
        self.choice(&json!({}), &json!(reason))?;
        let usage = json!({"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15});
        let mut last = chunk(&json!([]));
        last["usage"] = usage;
        self.event(&last.to_string())?;
        self.event("[DONE]")?;
        self.out.write_all(b"0\r\n\r\n")
    }

    fn delta(&mut self, delta: &Value) -> io::Result<()> {
        self.choice(delta, &Value::Null)
    }

    fn choice(&mut self, delta: &Value, reason: &Value) -> io::Result<()> {
        let choices = json!([{"index": 0, "delta": delta, "finish_reason": reason}]);
        self.event(&chunk(&choices).to_string())
    }

    fn event(&mut self, data: &str) -> io::Result<()> {
        let event = format!("data: {data}\n\n");
        // In one write, so that it is one packet.
        let framed = format!("{:x}\r\n{event}\r\n", event.len());
        self.out.write_all(framed.as_bytes())
    }
}

fn chunk(choices: &Value) -> Value {
    json!({
        "id": "chatcmpl-scripted",
        "object": "chat.completion.chunk",
        "created": 1_767_225_600,
        "model": super::MODEL_ID,
        "choices": choices,
    })
}
