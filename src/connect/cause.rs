//! Finds the root cause of an error.

use std::error::Error;

/// Returns the last error in the chain of sources, which describes the root cause, such as
/// `Connection refused (os error 111)`. An error without a source is returned itself.
pub fn innermost<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] io::Error);

    #[test]
    fn last_error_of_the_source_chain_is_returned() {
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        let text = refused.to_string();
        assert_eq!(innermost(&refused).to_string(), text);
        assert_eq!(innermost(&Outer(refused)).to_string(), text);
    }
}
