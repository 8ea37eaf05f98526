//! The cause of an error.

use std::error::Error;

/// Returns the last error of the chain of sources: the one that says what happened, such as
/// `Connection refused (os error 111)`.
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
    fn the_innermost_error_is_found() {
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        let text = refused.to_string();
        assert_eq!(innermost(&refused).to_string(), text);
        assert_eq!(innermost(&Outer(refused)).to_string(), text);
    }
}
