//! Names with their values, gathered so that the event can show the last value and all of them (fact 49).

use std::borrow::Cow;
use std::ops::Range;

use smallvec::SmallVec;

use crate::json;

/// What most requests' headers fit in.
const USUAL: usize = 24;

/// One name with one of its values.
#[derive(Debug)]
struct Pair<'r> {
    name: Cow<'r, [u8]>,
    value: Cow<'r, [u8]>,
    /// Counts pairs in the order they came.
    order: usize,
}

/// Pairs under construction.
#[derive(Debug, Default)]
pub(super) struct Pairs<'r>(SmallVec<[Pair<'r>; USUAL]>);

impl<'r> Pairs<'r> {
    /// Adds a value.
    pub(super) fn push(&mut self, name: impl Into<Cow<'r, [u8]>>, value: impl Into<Cow<'r, [u8]>>) {
        let order = self.0.len();
        self.0.push(Pair { name: name.into(), value: value.into(), order });
    }

    /// Headers: one entry for each name whatever its letter case, in alphabetical order, spelled as it came first.
    pub(super) fn into_headers(mut self) -> Groups<'r> {
        let lower = |name: &[u8]| name.iter().map(u8::to_ascii_lowercase).collect::<SmallVec<[u8; 32]>>();
        self.0.sort_by_cached_key(|pair| (lower(&pair.name), pair.order));
        self.grouped(<[u8]>::eq_ignore_ascii_case)
    }

    /// Query parameters: one entry for each name, in the order they came first.
    pub(super) fn into_parameters(mut self) -> Groups<'r> {
        self.0.sort_by(|one, other| one.name.cmp(&other.name).then(one.order.cmp(&other.order)));
        let mut groups = self.grouped(|one, other| one == other);
        let Groups { pairs, ranges } = &mut groups;
        ranges.sort_by_key(|range| pairs[range.start].order);
        groups
    }

    /// One entry for each name, in alphabetical order.
    pub(super) fn into_sorted(mut self) -> Groups<'r> {
        self.0.sort_by(|one, other| one.name.cmp(&other.name).then(one.order.cmp(&other.order)));
        self.grouped(|one, other| one == other)
    }

    fn grouped(self, is_same: impl Fn(&[u8], &[u8]) -> bool) -> Groups<'r> {
        let mut ranges = SmallVec::new();
        let mut start = 0;
        for group in self.0.chunk_by(|one, other| is_same(&one.name, &other.name)) {
            ranges.push(start..start + group.len());
            start += group.len();
        }
        Groups { pairs: self.0, ranges }
    }
}

/// Pairs by name.
#[derive(Debug)]
pub(super) struct Groups<'r> {
    pairs: SmallVec<[Pair<'r>; USUAL]>,
    ranges: SmallVec<[Range<usize>; USUAL]>,
}

impl Groups<'_> {
    /// Appends an object of each name's last value; `null` without any.
    pub(super) fn write_last(&self, out: &mut Vec<u8>) {
        self.write(out, |group, out| json::optional(group.last().map(|pair| &*pair.value), out));
    }

    /// Appends an object of each name's values in order; `null` without any.
    pub(super) fn write_all(&self, out: &mut Vec<u8>) {
        self.write(out, |group, out| {
            for (index, pair) in group.iter().enumerate() {
                out.push(if index == 0 { b'[' } else { b',' });
                json::string(&pair.value, out);
            }
            out.push(b']');
        });
    }

    /// Appends an object of each name's values in order, joined by commas without a space; `null` without any (fact 97).
    pub(super) fn write_joined(&self, out: &mut Vec<u8>) {
        self.write(out, |group, out| match group {
            [one] => json::string(&one.value, out),
            several => {
                let values: SmallVec<[&[u8]; 4]> = several.iter().map(|pair| &*pair.value).collect();
                json::string(&values.join(&b','), out);
            }
        });
    }

    /// Whether there is no name at all.
    pub(super) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    fn write(&self, out: &mut Vec<u8>, value: impl Fn(&[Pair<'_>], &mut Vec<u8>)) {
        let groups = self.ranges.iter().map(|range| &self.pairs[range.clone()]);
        object(groups.map(|group| (&*group[0].name, group)), out, value);
    }
}

/// Appends an object; `null` without members (fact 58).
pub(super) fn object<'m, T>(
    members: impl Iterator<Item = (&'m [u8], T)>,
    out: &mut Vec<u8>,
    value: impl Fn(T, &mut Vec<u8>),
) {
    let mut is_empty = true;
    for (name, member) in members {
        out.push(if is_empty { b'{' } else { b',' });
        is_empty = false;
        json::string(name, out);
        out.push(b':');
        value(member, out);
    }
    if is_empty { json::null(out) } else { out.push(b'}') }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs<'r>(given: &[(&'r str, &'r str)]) -> Pairs<'r> {
        let mut pairs = Pairs::default();
        for (name, value) in given {
            pairs.push(name.as_bytes(), value.as_bytes());
        }
        pairs
    }

    fn written(groups: &Groups<'_>) -> [String; 2] {
        let (mut last, mut all) = (Vec::new(), Vec::new());
        groups.write_last(&mut last);
        groups.write_all(&mut all);
        [last, all].map(|json| String::from_utf8(json).unwrap())
    }

    #[test]
    fn fact_49_the_last_value_and_all_of_them() {
        let query = pairs(&[("b", "1"), ("a", "2"), ("b", "3"), ("B", "4")]).into_parameters();
        let expected = [r#"{"b":"3","a":"2","B":"4"}"#, r#"{"b":["1","3"],"a":["2"],"B":["4"]}"#];
        assert_eq!(written(&query), expected);
        assert_eq!(written(&pairs(&[]).into_parameters()), ["null", "null"]);
    }

    #[test]
    fn fact_97_values_of_one_name_are_joined() {
        let query = pairs(&[("b", "1"), ("a", "x,y"), ("b", ""), ("B", "4")]).into_sorted();
        let mut joined = Vec::new();
        query.write_joined(&mut joined);
        assert_eq!(String::from_utf8(joined).unwrap(), r#"{"B":"4","a":"x,y","b":"1,"}"#);
        assert!(pairs(&[]).into_sorted().is_empty() && !query.is_empty());
    }

    #[test]
    fn fact_46_headers_keep_their_case_and_are_one_name() {
        let headers = pairs(&[("X-b", "1"), ("tEsT-HEADeR", "2"), ("x-B", "3"), ("Accept", "4")]).into_headers();
        let expected = [
            r#"{"Accept":"4","tEsT-HEADeR":"2","X-b":"3"}"#,
            r#"{"Accept":["4"],"tEsT-HEADeR":["2"],"X-b":["1","3"]}"#,
        ];
        assert_eq!(written(&headers), expected);
    }

    proptest::proptest! {
        #[test]
        fn no_value_is_lost(given in proptest::collection::vec(("[a-cA-C]{0,2}", "[a-z]{0,3}"), 0..20)) {
            let groups = pairs(&given.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect::<Vec<_>>()).into_parameters();
            let [last, all] = written(&groups);
            let last: Option<serde_json::Map<String, serde_json::Value>> = serde_json::from_str(&last).unwrap();
            let all: Option<serde_json::Map<String, serde_json::Value>> = serde_json::from_str(&all).unwrap();
            let (last, all) = (last.unwrap_or_default(), all.unwrap_or_default());
            proptest::prop_assert_eq!(last.len(), all.len());
            for (name, values) in all {
                let expected: Vec<&str> = given.iter().filter(|(n, _)| *n == name).map(|(_, v)| v.as_str()).collect();
                proptest::prop_assert_eq!(&last[&name], expected.last().unwrap());
                proptest::prop_assert_eq!(values, serde_json::json!(expected));
            }
        }
    }
}
