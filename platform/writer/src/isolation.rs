//! Runs the code of services so that a panic or a refusal affects one member of a batch only.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::unit_of_work::UnitOfWork;

/// Runs `run`; `Err` holds the text of its panic.
pub(crate) fn catch_panic<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "panicked".into())
    })
}

/// Runs `decide` and undoes its changes when it refuses or panics. The outer `Err` holds the text of a panic.
pub(crate) fn undo_on_failure<T, E>(
    work: &mut UnitOfWork,
    decide: impl FnOnce(&mut UnitOfWork) -> Result<T, E>,
) -> Result<Result<T, E>, String> {
    let decided = catch_panic(|| decide(work));
    if !matches!(decided, Ok(Ok(_))) {
        work.undo();
    }
    decided
}
