//! Tests of the architecture: layers, circles of files, measures, and words that belong in one module. The
//! tests read the sources and compile nothing, so rules also hold for code that no feature enables.

mod circles;
mod layers;
mod measures;
mod source;
