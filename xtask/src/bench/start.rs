//! From the start of the process to its answer to `initialize`.

use std::path::Path;
use std::time::Instant;

use testkit::Editor;

use super::pipe::Pipe;
use super::stats::Row;
use crate::Result;

const STARTS: usize = 300;
/// Starts that only bring the binary into the system's memory.
const WARM_UPS: usize = 10;

pub fn measure(binary: &Path) -> Result<Vec<Row>> {
    let folder = tempfile::tempdir()?;
    let params = Editor::params_for(folder.path());
    let mut times = Vec::new();
    for _ in 0..WARM_UPS + STARTS {
        let begun = Instant::now();
        let mut pipe = Pipe::spawn(binary, &folder.path().join("state"))?;
        let id = pipe.request("initialize", &params)?;
        times.push(pipe.response(id)?.at - begun);
        pipe.end()?;
    }
    Ok(vec![Row::of_times("start to the answer to `initialize`", &times[WARM_UPS..], 50.0, 5.0)])
}
