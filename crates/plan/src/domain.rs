//! A custom domain name: base paths, and the stages behind them (facts D7 and D9).

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use foldhash::fast::FixedState;
use stagegate_policy::Policy;

use crate::tls::DomainTls;
use crate::tree::decode;

/// How AWS writes the empty base path, which takes what no other base path takes.
const NONE: &str = "(none)";

/// A base path and what is behind it. API and stage are looked up when a request comes, so that they can change on their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingPlan {
    /// The base path without slashes around it, or `(none)`.
    pub base_path: Arc<str>,
    /// The API's id.
    pub api_id: Box<str>,
    /// The stage; `None`: requests name it behind the base path.
    pub stage: Option<Box<str>>,
}

/// Who may use a private domain name, of which there may be several with one name.
#[derive(Debug)]
pub struct PrivateDomain {
    /// Its id, which with the name tells it from others.
    pub id: Box<str>,
    /// What its policy is about: `arn:{partition}:execute-api:{region}:{account}:/domainnames/{name}+{id}`.
    pub arn: Box<str>,
    /// Its owner.
    pub account: Box<str>,
    /// The VPC endpoints that are associated with it.
    pub vpc_endpoint_ids: BTreeSet<Box<str>>,
    /// Who may call by it; without a policy nobody may.
    pub policy: Option<Arc<Policy>>,
}

/// A compiled custom domain name.
#[derive(Debug)]
pub struct DomainPlan {
    /// The host name in lower case; may start with `*.`.
    pub name: Box<str>,
    /// How the domain name is met by TLS.
    pub tls: DomainTls,
    /// Who may use a private one.
    pub private: Option<Arc<PrivateDomain>>,
    mappings: HashMap<Box<[u8]>, MappingPlan, FixedState>,
    /// Of how many segments base paths are, most first.
    depths: Box<[usize]>,
    catch_all: Option<MappingPlan>,
}

/// The mapping that took a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MatchedBase<'d> {
    /// The mapping.
    pub mapping: &'d MappingPlan,
    /// Bytes of the path that are its base path, the slash before it included.
    pub length: usize,
}

impl DomainPlan {
    /// Compiles a domain name.
    pub fn new(name: &str, mappings: impl IntoIterator<Item = MappingPlan>) -> Self {
        let (mut by_path, mut depths, mut catch_all) = (HashMap::default(), BTreeSet::new(), None);
        for mapping in mappings {
            if *mapping.base_path == *NONE {
                catch_all = Some(mapping);
            } else {
                depths.insert(mapping.base_path.split('/').count());
                by_path.insert(mapping.base_path.as_bytes().into(), mapping);
            }
        }
        let depths = depths.into_iter().rev().collect();
        Self { name: name.into(), tls: DomainTls::default(), private: None, mappings: by_path, depths, catch_all }
    }

    /// The domain name, met by TLS like this.
    #[must_use]
    pub fn with_tls(self, tls: DomainTls) -> Self {
        Self { tls, ..self }
    }

    /// The domain name, a private one that may be used like this.
    #[must_use]
    pub fn with_private(self, private: Option<PrivateDomain>) -> Self {
        Self { private: private.map(Arc::new), ..self }
    }

    /// The mapping of a path that begins with one slash: the longest base path whose segments the path begins with. `%XX` is
    /// decoded for the comparison (RFC 3986 §6.2.2.2).
    pub fn find(&self, path: &[u8]) -> Option<MatchedBase<'_>> {
        if path.first() != Some(&b'/') {
            return None;
        }
        let ends = ends(path, self.depths.first().copied().unwrap_or_default());
        let specific = self.depths.iter().find_map(|depth| {
            let length = *ends.get(depth.checked_sub(1)?)?;
            let mapping = self.mappings.get(&*comparable(&path[1..length], *depth)?)?;
            Some(MatchedBase { mapping, length })
        });
        specific.or(self.catch_all.as_ref().map(|mapping| MatchedBase { mapping, length: 0 }))
    }
}

/// Where the first segments of a path end, `most` at most.
fn ends(path: &[u8], most: usize) -> smallvec::SmallVec<[usize; 8]> {
    let slashes = (1..path.len()).filter(|at| path[*at] == b'/');
    slashes.chain([path.len()]).take(most).collect()
}

/// The beginning of a path as base paths are written; `None` where an encoded slash would change its segments.
fn comparable(segments: &[u8], depth: usize) -> Option<Cow<'_, [u8]>> {
    if !segments.contains(&b'%') {
        return Some(Cow::Borrowed(segments));
    }
    let decoded = decode(segments).into_vec();
    (decoded.split(|byte| *byte == b'/').count() == depth).then_some(Cow::Owned(decoded))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn domain(base_paths: &[&str]) -> DomainPlan {
        let mapping =
            |base_path: &&str| MappingPlan { base_path: (*base_path).into(), api_id: "a".into(), stage: None };
        DomainPlan::new("api.example.com", base_paths.iter().map(mapping))
    }

    fn found<'p>(domain: &DomainPlan, path: &'p str) -> Option<(String, &'p str)> {
        let matched = domain.find(path.as_bytes())?;
        Some((matched.mapping.base_path.to_string(), &path[matched.length..]))
    }

    #[test]
    fn the_longest_base_path_wins_segment_by_segment() {
        let all =
            domain(&["(none)", "orders", "orders/v1/items", "orders/v2/items", "orders/v1/items/categories", "a(b)"]);
        let cases = [
            ("/", ("(none)", "/")),
            ("/customers", ("(none)", "/customers")),
            ("/orders", ("orders", "")),
            ("/orders/", ("orders", "/")),
            ("/orders/v1", ("orders", "/v1")),
            ("/orders/v1/items", ("orders/v1/items", "")),
            ("/orders/v1/items/123", ("orders/v1/items", "/123")),
            ("/orders/v2/items/categories/5", ("orders/v2/items", "/categories/5")),
            ("/orders/v1/items/categories/5", ("orders/v1/items/categories", "/5")),
            ("/orders//v1/items", ("orders", "//v1/items")),
            ("/ordersandmore", ("(none)", "/ordersandmore")),
            ("/Orders", ("(none)", "/Orders")),
            ("/a%28b%29/c", ("a(b)", "/c")),
            ("/%6frders/v1", ("orders", "/v1")),
            ("/orders%2Fv1%2Fitems", ("(none)", "/orders%2Fv1%2Fitems")),
            ("/orders/v1%2Fitems/x", ("orders", "/v1%2Fitems/x")),
            ("/(none)", ("(none)", "/(none)")),
        ];
        for (path, (base_path, rest)) in cases {
            assert_eq!(found(&all, path), Some((base_path.to_owned(), rest)), "{path}");
        }
        assert_eq!(found(&all, "*"), None);
        assert_eq!(found(&all, ""), None);
        let some = domain(&["orders"]);
        assert_eq!(found(&some, "/customers"), None);
        assert_eq!(found(&domain(&[]), "/orders"), None);
    }

    proptest! {
        #[test]
        fn the_mapping_is_the_longest_of_those_that_a_path_begins_with(
            base_paths in proptest::collection::btree_set("[ab]{1,2}(/[ab]{1,2}){0,3}", 0..6),
            path in "(/[ab]{0,2}){1,5}",
        ) {
            let names: Vec<&str> = base_paths.iter().map(String::as_str).collect();
            let takes = |name: &&&str| path[1..].strip_prefix(**name).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            let expected = names.iter().filter(takes).max_by_key(|name| name.len());
            let plan = domain(&names);
            let found = found(&plan, &path).map(|(base_path, rest)| (base_path, rest.to_owned()));
            prop_assert_eq!(found, expected.map(|name| ((*name).to_owned(), path[1 + name.len()..].to_owned())));
        }

        #[test]
        fn no_path_makes_it_fall_over(path in proptest::collection::vec(any::<u8>(), 0..40)) {
            let plan = domain(&["(none)", "a", "a/b"]);
            prop_assert_eq!(plan.find(&path).is_some(), path.first() == Some(&b'/'));
        }
    }
}
