//! Suggestions for misspelled names.

/// The candidate nearest to a name, if it is near enough to be what was meant.
pub(crate) fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let (distance, candidate) = candidates.map(|candidate| (distance(name, candidate), candidate)).min()?;
    (distance <= 1 + name.len() / 4).then_some(candidate)
}

/// Levenshtein's edit distance, over bytes.
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.bytes().enumerate() {
            let substituted = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_suggested_unless_it_is_far() {
        let names = ["gateway", "control", "data_dir"];
        for (name, suggestion) in
            [("gatway", Some("gateway")), ("data-dir", Some("data_dir")), ("kontrol", Some("control")), ("zzz", None)]
        {
            assert_eq!(nearest(name, names.into_iter()), suggestion, "{name}");
        }
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
