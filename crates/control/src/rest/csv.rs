//! Comma-separated values (RFC 4180), as far as files of API keys need them.

/// Splits text into records of fields. A quote that is not closed runs to the end; blank lines are no records.
pub(crate) fn records(text: &str) -> Vec<Vec<String>> {
    let mut records = Vec::new();
    let mut record: Vec<String> = Vec::new();
    let mut field = String::new();
    let mut quoted = false;
    let mut chars = text.strip_prefix('\u{feff}').unwrap_or(text).chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '"' if quoted && chars.next_if_eq(&'"').is_some() => field.push('"'),
            '"' if quoted => quoted = false,
            _ if quoted => field.push(char),
            '"' if field.trim().is_empty() => {
                field.clear();
                quoted = true;
            }
            ',' => record.push(std::mem::take(&mut field)),
            '\r' | '\n' => end(&mut records, &mut record, &mut field),
            _ => field.push(char),
        }
    }
    end(&mut records, &mut record, &mut field);
    records
}

fn end(records: &mut Vec<Vec<String>>, record: &mut Vec<String>, field: &mut String) {
    if !record.is_empty() || !field.trim().is_empty() {
        record.push(std::mem::take(field));
        records.push(std::mem::take(record));
    }
    field.clear();
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fields_may_be_quoted() {
        let cases: [(&str, &[&[&str]]); 6] = [
            ("", &[]),
            ("a,b\r\nc,d\n", &[&["a", "b"], &["c", "d"]]),
            ("a,\"b,c\"\n", &[&["a", "b,c"]]),
            ("\"say \"\"hi\"\"\",x", &[&["say \"hi\"", "x"]]),
            ("a,\n\n\n,b", &[&["a", ""], &["", "b"]]),
            ("\u{feff}name,key", &[&["name", "key"]]),
        ];
        for (text, expected) in cases {
            assert_eq!(records(text), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(rows in prop::collection::vec(prop::collection::vec(".{0,8}", 2..4), 0..4)) {
            let quote = |field: &String| format!("\"{}\"", field.replace('"', "\"\""));
            let lines: Vec<String> = rows
                .iter()
                .map(|row| row.iter().map(quote).collect::<Vec<_>>().join(","))
                .collect();
            prop_assert_eq!(records(&lines.join("\r\n")), rows);
        }

        #[test]
        fn no_text_makes_it_fall_over(text in ".*") {
            for record in records(&text) {
                prop_assert!(!record.is_empty());
            }
        }
    }
}
