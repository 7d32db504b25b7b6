//! A queue in which a newer item can take the place of an older one that it makes pointless.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

/// Never blocks the one who pushes; bounded by the number of different things that can be waiting.
#[derive(Debug)]
pub struct Latest<T> {
    items: Mutex<VecDeque<T>>,
    filled: Notify,
}

impl<T> Default for Latest<T> {
    fn default() -> Self {
        Self { items: Mutex::new(VecDeque::new()), filled: Notify::new() }
    }
}

impl<T> Latest<T> {
    /// Puts `item` in the place of the newest waiting one that `replaces` accepts, else at the end.
    pub fn push(&self, item: T, replaces: impl Fn(&T) -> bool) {
        let mut items = self.items.lock().unwrap_or_else(PoisonError::into_inner);
        match items.iter_mut().rev().find(|old| replaces(old)) {
            Some(old) => *old = item,
            None => items.push_back(item),
        }
        self.filled.notify_one();
    }

    /// Waits for the next item.
    pub async fn pop(&self) -> T {
        loop {
            let next = self.items.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            if let Some(item) = next {
                return item;
            }
            self.filled.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn newer_items_replace_older_ones_in_their_place() {
        let queue = Latest::default();
        for (key, value) in [("a", 1), ("b", 1), ("a", 2), ("c", 1)] {
            queue.push((key, value), |old| old.0 == key);
        }
        assert_eq!([queue.pop().await, queue.pop().await, queue.pop().await], [("a", 2), ("b", 1), ("c", 1)]);
    }
}
