//! Routes of HTTP APIs (facts 92, 102, H9, H10 and H17), against a model that compares a path with every route by itself.

use proptest::prelude::*;
use stagegate_plan::{MethodKey, Paths, RouteId, RouteTree, TreeBuilder, Verb};

const GET: MethodKey = MethodKey::Verb(Verb::Get);
const POST: MethodKey = MethodKey::Verb(Verb::Post);

fn tree(routes: &[(&str, MethodKey)]) -> RouteTree {
    let mut builder = TreeBuilder::new(Paths::Decoded);
    for (index, (path, method)) in routes.iter().enumerate() {
        let id = RouteId(u32::try_from(index).expect("few routes"));
        builder.add(path, *method, id).expect("a path with a place");
    }
    builder.build()
}

/// The route of a request, with what its variables captured.
fn found(routes: &[(&str, MethodKey)], path: &str, verb: Verb) -> Option<(String, Vec<String>)> {
    let matched = tree(routes).find(path.as_bytes(), verb)?;
    let values = matched.captures.iter().map(|range| path[range.start as usize..range.end as usize].to_owned());
    Some((routes[matched.route.0 as usize].0.to_owned(), values.collect()))
}

#[test]
fn fact_92_the_most_specific_route_takes_a_request() {
    // The example of the developer guide, "Routing API requests".
    let routes = [
        ("/pets/dog/1", GET),
        ("/pets/dog/{id}", GET),
        ("/pets/{proxy+}", GET),
        ("/{proxy+}", MethodKey::Any),
        ("/{tenant}/toys", GET),
        ("/exact", MethodKey::Any),
        ("/exact", POST),
    ];
    for (path, verb, route, values) in [
        ("/pets/dog/1", Verb::Get, "/pets/dog/1", &[][..]),
        ("/pets/dog/2", Verb::Get, "/pets/dog/{id}", &["2"]),
        ("/pets/cat/1", Verb::Get, "/pets/{proxy+}", &["cat/1"]),
        ("/test/5", Verb::Post, "/{proxy+}", &["test/5"]),
        ("/pets/dog/1", Verb::Post, "/{proxy+}", &["pets/dog/1"]),
        // A whole match goes before one with a greedy variable, even where that begins with more literal text.
        ("/pets/toys", Verb::Get, "/{tenant}/toys", &["pets"]),
        ("/exact", Verb::Get, "/exact", &[]),
    ] {
        let expected = Some((route.to_owned(), values.iter().map(ToString::to_string).collect()));
        assert_eq!(found(&routes, path, verb), expected, "{path}");
    }
    let matched = tree(&routes).find(b"/exact", Verb::Post).unwrap();
    assert_eq!(matched.route, RouteId(6), "a verb goes before ANY");
    assert_eq!(tree(&routes).find(b"/", Verb::Get), None, "a greedy variable is never empty");
}

#[test]
fn fact_102_a_slash_at_the_end_counts() {
    let routes = [("/metrics", GET), ("/x", GET), ("/x/{id}", GET), ("/", GET), ("/f/{proxy+}", GET)];
    for (path, expected) in [
        ("/metrics", Some("/metrics")),
        ("/metrics/", None),
        ("/x", Some("/x")),
        ("/x/", Some("/x/{id}")),
        ("/x/7", Some("/x/{id}")),
        ("/x/7/", None),
        ("/x//", None),
        ("/", Some("/")),
        ("//", None),
        ("/f", None),
        ("/f/", None),
        ("/f/a/", Some("/f/{proxy+}")),
        ("/f//", Some("/f/{proxy+}")),
    ] {
        assert_eq!(found(&routes, path, Verb::Get).map(|(route, _)| route).as_deref(), expected, "{path}");
    }
    assert_eq!(found(&routes, "/x/", Verb::Get).unwrap().1, [""], "fact H9");
}

#[test]
fn siblings_name_their_variables_as_they_like() {
    let routes = [("/a/{x}", GET), ("/a/{y}/b", GET), ("/a/{z}", POST), ("/a/{rest+}", MethodKey::Any)];
    assert_eq!(found(&routes, "/a/1", Verb::Get).unwrap(), ("/a/{x}".to_owned(), vec!["1".to_owned()]));
    assert_eq!(found(&routes, "/a/1/b", Verb::Get).unwrap(), ("/a/{y}/b".to_owned(), vec!["1".to_owned()]));
    assert_eq!(found(&routes, "/a/1", Verb::Post).unwrap().0, "/a/{z}");
    assert_eq!(found(&routes, "/a/1", Verb::Put).unwrap(), ("/a/{rest+}".to_owned(), vec!["1".to_owned()]));
}

#[test]
fn fact_h18_a_path_is_decoded_once_and_no_more() {
    for (sent, read) in [
        ("/foo%25bar", "/foo%bar"),
        ("/a%2Fb", "/a/b"),
        ("/a%252Fb", "/a%2Fb"),
        ("/caf%C3%A9", "/caf\u{e9}"),
        ("/50%", "/50%"),
        ("/%zz", "/%zz"),
        ("/a+b", "/a+b"),
    ] {
        assert_eq!(&*Paths::Decoded.read(sent.as_bytes()), read.as_bytes(), "{sent}");
        assert_eq!(&*Paths::AsSent.read(sent.as_bytes()), sent.as_bytes(), "{sent}");
    }
    // What was decoded is compared as it is.
    let routes = [("/a%2Fb", GET), ("/{x}", GET)];
    assert_eq!(found(&routes, "/a%2Fb", Verb::Get).unwrap().0, "/a%2Fb");
    assert_eq!(found(&[("/a", GET)], "/%61", Verb::Get), None);
}

/// How well a route's path matches: whether it is greedy, and segment by segment 0 for text and 1 for a variable. Less is better.
fn rank(route: &str, path: &str) -> Option<(bool, Vec<u8>)> {
    if route == "/" || path == "/" {
        return (route == path).then(Default::default);
    }
    let split = |path: &str| path[1..].split('/').map(str::to_owned).collect::<Vec<_>>();
    let (wanted, given) = (split(route), split(path));
    let mut ranks = Vec::new();
    for (at, segment) in wanted.iter().enumerate() {
        if segment.ends_with("+}") {
            return (!given.get(at..)?.join("/").is_empty()).then_some((true, [ranks, vec![2]].concat()));
        }
        let value = given.get(at)?;
        if segment.starts_with('{') {
            if value.is_empty() && at + 1 < given.len() {
                return None;
            }
            ranks.push(1);
        } else if segment == value {
            ranks.push(0);
        } else {
            return None;
        }
    }
    (wanted.len() == given.len()).then_some((false, ranks))
}

proptest! {
    #[test]
    fn the_tree_agrees_with_a_comparison_of_all_routes(
        routes in proptest::collection::btree_set("(/(a|b|\\{v\\})){1,3}(/\\{p\\+\\})?|/\\{p\\+\\}|/", 1..8),
        path in "(/(a|b|c|)){1,4}",
    ) {
        let routes: Vec<(&str, MethodKey)> = routes.iter().map(|route| (route.as_str(), GET)).collect();
        let best = routes.iter().filter_map(|(route, _)| Some((rank(route, &path)?, *route))).min();
        let found = found(&routes, &path, Verb::Get).map(|(route, _)| route);
        prop_assert_eq!(found.as_deref(), best.map(|(_, route)| route));
    }
}
