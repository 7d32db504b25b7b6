//! Waiting for what tells nobody that it happened: a file, a process.

use std::time::{Duration, Instant};

/// Looks until there is something to see.
///
/// # Panics
/// When there is nothing in half a minute.
pub fn eventually<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(Instant::now() < deadline, "nothing came in half a minute");
        std::thread::sleep(Duration::from_millis(20));
    }
}
