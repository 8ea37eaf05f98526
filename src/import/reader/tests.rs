//! Rows of files that are well-formed, truncated or too large.

use std::io::{Cursor, Read};

use serde_json::json;

use super::*;

const TABLE: &[RowFormat] = &[RowFormat::JsonArray, RowFormat::JsonLines, RowFormat::Csv];

/// The rows of an input: the line and the text `a` of each row, `broken`, or a part of the problem.
fn rows(input: impl Read + Send + 'static, formats: &'static [RowFormat]) -> Vec<(u64, String)> {
    let mut reader = RowReader::new(Box::new(input), formats).unwrap();
    let mut rows = Vec::new();
    loop {
        match reader.next().unwrap() {
            NextRow::Row(line, row) => {
                rows.push((line, row.text("a").unwrap().unwrap_or_default()));
            }
            NextRow::Broken(line, _) => rows.push((line, "broken".to_owned())),
            NextRow::Unreadable(line, problem) => rows.push((line, problem)),
            NextRow::End => return rows,
        }
        assert!(rows.len() < 1000, "the reader comes to an end");
    }
}

fn assert_rows(text: &str, formats: &'static [RowFormat], expected: &[(u64, &str)]) {
    let found = rows(Cursor::new(text.to_owned()), formats);
    let found: Vec<_> = found
        .iter()
        .map(|(line, it)| (*line, it.as_str()))
        .collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn rows_of_every_format_have_the_number_of_their_line() {
    for (text, expected) in [
        ("", &[][..]),
        ("\n \n", &[]),
        ("{\"a\":1}\n\n{\"a\":\"x\"}", &[(1, "1"), (3, "x")]),
        ("\u{feff}{\"a\":1}\r\n{\"a\":2}\r\n", &[(1, "1"), (2, "2")]),
        (
            "{\"a\":1}\nnull\n[1]\n{\"a\":2}{\n{\"a\":3,\"a\":3}\n{\"a\":4}\n",
            &[
                (1, "1"),
                (2, "broken"),
                (3, "broken"),
                (4, "broken"),
                (5, "broken"),
                (6, "4"),
            ],
        ),
        ("{\"a\":1}\n{\"a\":", &[(1, "1"), (2, "broken")]),
        ("[]", &[]),
        (
            "\n[{\"a\":\"]}\\\"\"},\n\n {\"a\":2 }\n]\n",
            &[(2, "]}\""), (4, "2")],
        ),
        (
            "[{\"a\":1},\n3,\n{\"a\":4}]",
            &[(1, "1"), (2, "broken"), (3, "4")],
        ),
        ("[{\"a\":1},\n{\"a\":[{", &[(1, "1"), (2, "broken")]),
        ("a,b\n1,2\n", &[(2, "1")]),
        (
            "a,b\r\n\"1\n2\",\r\n\r\n3,4\r\n5\r\n\\N,6\r\n7,8",
            &[(2, "1\n2"), (5, "3"), (6, "broken"), (7, ""), (8, "7")],
        ),
        ("a,b\n1,\"2\n", &[(2, "broken")]),
        ("a,b\n1,\"2\"", &[(2, "1")]),
    ] {
        assert_rows(text, TABLE, expected);
    }
}

#[test]
fn users_of_a_document_are_found_among_other_members() {
    let formats: &[RowFormat] = &[RowFormat::UsersDocument];
    let text = "{\"realm\": {\"users\": [{\"a\": 9}]}, \"n\": -1.5e3, \"t\": true,\n \"users\" : [\n{\"a\":1},{\"a\":2}], \"c\": []}";
    assert_rows(text, formats, &[(3, "1"), (3, "2")]);
    let expected = "a JSON object with an array \"users\" is expected";
    for bad in [
        "{}",
        "{\"users\":{}}",
        "{\"a\":[",
        "x",
        "{\"users\"",
        "{1:2}",
    ] {
        assert_rows(bad, formats, &[(1, expected)]);
    }
    assert_rows(
        "{\"users\":[{\"a\":1}\n",
        formats,
        &[
            (1, "1"),
            (2, "the array is truncated or not well-formed here"),
        ],
    );
    assert_rows(
        "{\"users\":[{\"a\":1} {\"a\":2}]}",
        formats,
        &[
            (1, "1"),
            (1, "the array is truncated or not well-formed here"),
        ],
    );
}

#[test]
fn text_after_an_array_is_refused() {
    let formats: &[RowFormat] = &[RowFormat::JsonArray];
    let expected = "the file goes on after the array: write each array into a file of its own";
    for (text, line) in [("[{\"a\":1}]\n[{\"a\":2}]", 2), ("[{\"a\":1}] x", 1)] {
        assert_rows(text, formats, &[(1, "1"), (line, expected)]);
    }
    assert_rows("[{\"a\":1}]\n\n", formats, &[(1, "1")]);
}

#[test]
fn file_in_another_format_is_refused_as_a_whole() {
    let lines: &[RowFormat] = &[RowFormat::JsonLines];
    let expected = "the file is a JSON array, but JSON Lines (one object on each line) is expected";
    assert_rows("\n\n[{\"a\":1}]\n{\"a\":2}", lines, &[(3, expected)]);
    assert_rows(" [\n] ", lines, &[]);
    let csv: &[RowFormat] = &[RowFormat::Csv];
    let expected = "CSV with the names of the columns in the first line is expected";
    assert_rows("{\"a\":1}\n", csv, &[(1, expected)]);
}

#[test]
fn csv_without_a_header_takes_further_columns() {
    let formats: &[RowFormat] = &[RowFormat::HeaderlessCsv(&["b", "a"])];
    assert_rows(
        "1,2\n3,4,5,\n6\n",
        formats,
        &[(1, "2"), (2, "4"), (3, "broken")],
    );
}

/// The rows before and after a row of 64 MiB are read.
#[test]
fn huge_rows_are_refused_without_being_kept() {
    let huge = || std::io::repeat(b'x').take(64 << 20);
    for (before, after) in [
        ("{\"a\":1}\n{\"a\":\"", "\"}\n{\"a\":3}\n"),
        ("[{\"a\":1},\n{\"a\":\"", "\"},\n{\"a\":3}]"),
        ("a,b\n1,1\n2,\"", "\"\n3,3\n"),
    ] {
        let input = Cursor::new(before).chain(huge()).chain(Cursor::new(after));
        let found = rows(input, TABLE);
        let texts: Vec<_> = found.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(texts, ["1", "broken", "3"], "{before}");
    }
    let many = "x,".repeat(3000);
    let found = rows(Cursor::new(format!("a,b\n{many}\n1,2\n")), TABLE);
    let expected = [(2, "broken".to_owned()), (3, "1".to_owned())];
    assert_eq!(found, expected);
}

#[test]
fn row_keeps_the_values_of_json() {
    let text = json!({"a": {"b": [1]}}).to_string();
    let mut reader = RowReader::new(Box::new(Cursor::new(text)), TABLE).unwrap();
    let NextRow::Row(1, row) = reader.next().unwrap() else {
        panic!("a row");
    };
    let value = row.object("a").unwrap().unwrap();
    assert_eq!(value.value("b"), Some(&json!([1])));
}

#[test]
fn broken_rows_have_a_cause_and_elements_a_number() {
    let long = format!("{{\"a\":\"{}\"}}\n", "x".repeat(MAX_ROW_BYTES));
    for (text, element, expected) in [
        ("{\n", None, "not a JSON object"),
        (&long, None, "longer than 1 MiB"),
        ("[{},{},3]", Some(3), "not a JSON object"),
        ("a,b\n1\n", None, "more or fewer fields"),
        ("a,b\n1,\"2\n", None, "a quote is not closed"),
        ("a,b\n1,\u{1}\n", None, ""),
    ] {
        let mut reader = RowReader::new(Box::new(Cursor::new(text.to_owned())), TABLE).unwrap();
        let cause = loop {
            match reader.next().unwrap() {
                NextRow::Row(..) => {}
                NextRow::Broken(_, cause) => break cause,
                NextRow::Unreadable(..) | NextRow::End => break "",
            }
        };
        assert!(cause.contains(expected), "{cause}");
        assert_eq!(cause.is_empty(), expected.is_empty(), "{cause}");
        assert_eq!(reader.element, element);
    }
}
