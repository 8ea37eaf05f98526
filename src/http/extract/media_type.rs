//! The media type of a request body (RFC 9110 §8.3).

use axum::http::{Extensions, HeaderMap, header::CONTENT_TYPE};

/// Marks a request whose body is empty, whatever media type it names (RFC 9112 §6.3).
#[derive(Clone, Copy)]
pub(crate) struct EmptyBody;

/// Returns whether the body is known to be empty before it is read.
pub(crate) fn is_absent(extensions: &Extensions) -> bool {
    extensions.get::<EmptyBody>().is_some()
}

/// Returns whether the body is declared as JSON.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    is(headers, "application/json")
}

/// Returns whether the request has exactly one content type, and it is this one, parameters aside.
pub(crate) fn is(headers: &HeaderMap, media_type: &str) -> bool {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return false;
    };
    let essence = value
        .to_str()
        .ok()
        .and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case(media_type))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn json_is_one_content_type_parameters_aside(
            lines in prop::collection::vec(
                "[aA]pplication/[jJ]son( ?;[ -~]{0,12})?|application/json[a-z+, ]{0,6}|[ -~]{0,30}", 0..3),
        ) {
            let mut headers = HeaderMap::new();
            for line in &lines {
                headers.append(CONTENT_TYPE, HeaderValue::from_str(line).unwrap());
            }
            let essence = |line: &str| line.split(';').next().unwrap().trim().to_lowercase();
            let expected = lines.len() == 1 && essence(&lines[0]) == "application/json";
            prop_assert_eq!(is_json(&headers), expected);
        }
    }
}
