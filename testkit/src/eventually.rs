//! Waiting for what tells nobody that it happened: a file, a process.

use std::time::{Duration, Instant};

/// Looks until there is something to see.
///
/// # Panics
/// When there is nothing in a minute.
pub fn eventually<T>(look: impl FnMut() -> Option<T>) -> T {
    eventually_within(Duration::from_secs(60), look)
}

/// Looks until there is something to see, where it may take longer.
///
/// # Panics
/// When there is nothing in this time.
pub fn eventually_within<T>(limit: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(Instant::now() < deadline, "nothing came in {limit:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
