//! Panics of handlers become 500 responses, and every panic is logged once.

use std::{
    any::Any,
    cell::{Cell, RefCell},
    fmt,
    future::{Future, poll_fn},
    panic::{self, AssertUnwindSafe},
    pin::pin,
    task::Poll,
};

thread_local! {
    /// Whether [`catch`] is running on this thread, so that it handles a panic.
    static CATCHING: Cell<bool> = const { Cell::new(false) };
    /// Source location of the latest panic of this thread.
    static LOCATION: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// The message of a panic and its source location.
#[derive(Debug)]
pub(crate) struct Panicked {
    message: String,
    location: Option<String>,
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.location.as_ref().map_or(Ok(()), |location| write!(f, " at {location}"))
    }
}

/// Runs `future` and converts a panic into an error.
pub(crate) async fn catch<F: Future>(future: F) -> Result<F::Output, Panicked> {
    let mut future = pin!(future);
    poll_fn(move |task| {
        let before = CATCHING.replace(true);
        let polled = panic::catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(task)));
        CATCHING.set(before);
        match polled {
            Ok(polled) => polled.map(Ok),
            Err(payload) => Poll::Ready(Err(Panicked { message: text(&*payload), location: LOCATION.take() })),
        }
    })
    .await
}

fn text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message").to_owned()
}

/// Logs panics instead of printing them to standard error. The caller of [`catch`] logs the panics that it catches.
pub fn install_hook() {
    panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string);
        if CATCHING.get() {
            LOCATION.set(location);
        } else {
            tracing::error!(location, "panicked: {}", text(panic.payload()));
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_caught_with_its_message() {
        let panicked = catch(async { panic!("seat {}", 7) }).await.unwrap_err();
        assert_eq!(panicked.message, "seat 7");
        assert_eq!(catch(async { 7 }).await.unwrap(), 7);
    }
}
