//! The fields of an event whose fields stand between spaces: those in brackets or quotes are one.

/// The fields, without what holds them together.
pub(super) fn fields(message: &str) -> Vec<&str> {
    let mut fields = Vec::new();
    let mut rest = message.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '"' => Some('"'),
            '[' => Some(']'),
            _ => None,
        };
        let held = end.and_then(|end| rest[1..].split_once(end));
        let (field, tail) = held.unwrap_or_else(|| {
            let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
            rest.split_at(length)
        });
        fields.push(field);
        rest = tail.trim_start();
    }
    fields
}
