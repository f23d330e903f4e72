//! Writing the XML of answers.

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use stagegate_model::rest::Timestamp;
use time::OffsetDateTime;

/// All but RFC 3986's unreserved characters: how AWS writes policies into XML.
const DOCUMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// XML that is being written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Xml(String);

impl Xml {
    /// An element with text.
    pub(crate) fn leaf(&mut self, name: &str, text: &str) {
        self.open(name);
        for char in text.chars() {
            match char {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '\r' => self.0.push_str("&#13;"),
                // XML 1.0 §2.2 has no other control characters, not even as references.
                '\t' | '\n' | ' '.. if !matches!(char, '\u{fffe}' | '\u{ffff}') => self.0.push(char),
                _ => self.0.push('\u{fffd}'),
            }
        }
        self.close(name);
    }

    /// An element with text, if there is one.
    pub(crate) fn leaf_if(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.leaf(name, text);
        }
    }

    /// An element with elements.
    pub(crate) fn node(&mut self, name: &str, write: impl FnOnce(&mut Self)) {
        self.open(name);
        write(self);
        self.close(name);
    }

    /// An element with what was written before.
    pub(crate) fn nested(&mut self, name: &str, content: &Self) {
        self.node(name, |node| node.0.push_str(&content.0));
    }

    /// A list: one `member` for each item.
    pub(crate) fn list<T>(&mut self, name: &str, items: impl IntoIterator<Item = T>, write: impl Fn(&mut Self, T)) {
        self.node(name, |list| {
            for item in items {
                list.node("member", |member| write(member, item));
            }
        });
    }

    /// A list of texts.
    pub(crate) fn texts<T: AsRef<str>>(&mut self, name: &str, items: impl IntoIterator<Item = T>) {
        self.node(name, |list| {
            for item in items {
                list.leaf("member", item.as_ref());
            }
        });
    }

    /// The document with these elements.
    pub(crate) fn root(self, name: &str, namespace: &str) -> String {
        format!("<{name} xmlns=\"{namespace}\">{}</{name}>\n", self.0)
    }

    fn open(&mut self, name: &str) {
        write!(self.0, "<{name}>").expect("a string takes everything");
    }

    fn close(&mut self, name: &str) {
        write!(self.0, "</{name}>").expect("a string takes everything");
    }
}

/// A policy as AWS writes it into XML: percent-encoded.
pub(crate) fn document(text: &str) -> String {
    utf8_percent_encode(text, DOCUMENT).to_string()
}

/// A time as AWS writes it into XML: `2013-04-18T05:01:58Z`.
pub(crate) fn date(at: Timestamp) -> String {
    let at = OffsetDateTime::from_unix_timestamp(at.epoch_seconds()).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (date, time) = (at.date(), at.time());
    let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", time.hour(), time.minute(), time.second())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_means_something_in_xml_is_text() {
        let mut xml = Xml::default();
        xml.leaf("a", "<b> & \"c\"\u{0}\r\n");
        assert_eq!(xml.0, "<a>&lt;b&gt; &amp; \"c\"\u{fffd}&#13;\n</a>");
    }

    #[test]
    fn dates_have_aws_form() {
        assert_eq!(date(Timestamp::from_epoch_seconds(1_366_261_318)), "2013-04-18T05:01:58Z");
    }

    proptest! {
        #[test]
        fn no_text_opens_an_element(text in ".*") {
            let mut xml = Xml::default();
            xml.leaf("a", &text);
            prop_assert_eq!(xml.0.matches('<').count(), 2);
        }
    }
}
