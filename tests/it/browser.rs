//! The pages as a person sees them: Chromium looks at them, and what it shows is read.

mod documentation;
mod driver;
mod operators;
