//! The architecture: which module may use which, and which words belong in which module. The sources are
//! read, not compiled, so a rule also holds for code that no feature enables.

mod circles;
mod layers;
mod measures;
mod source;
