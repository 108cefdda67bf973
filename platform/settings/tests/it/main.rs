//! Sections as environment variables and a file set them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod sections;
