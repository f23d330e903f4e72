//! The route tree of a deployment: static beats `{param}` beats `{proxy+}`, matched on resource and method together.

use std::ops::Range;

use smallvec::SmallVec;

use crate::paths::Paths;
use crate::verb::Verb;

/// The index of a route in its deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RouteId(pub u32);

/// The method a route is declared for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MethodKey {
    /// One verb.
    Verb(Verb),
    /// `ANY`: every verb that the resource does not declare itself.
    Any,
}

/// Byte ranges of the path that were captured, one per `{param}` from the root down; `{proxy+}` is the last.
pub type Captures = SmallVec<[Range<u32>; 4]>;

/// A route and what its parameters captured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched {
    /// The route.
    pub route: RouteId,
    /// The captured ranges of the matched path.
    pub captures: Captures,
}

/// A resource path that cannot stand in a tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// The same path and method twice.
    #[error("the method is declared twice for {path}")]
    Duplicate {
        /// The resource path.
        path: String,
    },
    /// A sibling has another variable name, or a greedy one stands beside a plain one under one name.
    #[error("{path} has a second variable beside a sibling; only one is allowed")]
    SecondVariable {
        /// The resource path.
        path: String,
    },
    /// A segment after `{proxy+}`.
    #[error("{path} goes on below a greedy variable")]
    BelowGreedy {
        /// The resource path.
        path: String,
    },
}

#[derive(Debug, Default)]
struct Node {
    /// Hashes of the static children's segments, ascending once built, and the children in the same order.
    hashes: Vec<u64>,
    statics: Vec<(Box<[u8]>, u32)>,
    param: Option<u32>,
    greedy: Option<u32>,
    methods: [Option<RouteId>; 7],
    any: Option<RouteId>,
}

impl Node {
    fn route(&self, verb: Verb) -> Option<RouteId> {
        self.methods[verb as usize].or(self.any)
    }
}

/// An immutable route tree.
#[derive(Debug)]
pub struct RouteTree {
    nodes: Box<[Node]>,
    paths: Paths,
}

/// Builds a [`RouteTree`]; the order of additions does not matter (fact 26).
#[derive(Debug)]
pub struct TreeBuilder {
    nodes: Vec<Node>,
    variables: Vec<(u32, Box<str>)>,
    paths: Paths,
}

impl Default for TreeBuilder {
    fn default() -> Self {
        Self::new(Paths::default())
    }
}

impl TreeBuilder {
    /// An empty tree of an API that reads its paths like this.
    pub fn new(paths: Paths) -> Self {
        Self { nodes: vec![Node::default()], variables: Vec::new(), paths }
    }

    /// Adds a route at a resource path such as `/pets/{petId}` or `/{proxy+}`.
    ///
    /// # Errors
    /// A path that AWS would not have accepted as a resource (fact 33).
    pub fn add(&mut self, path: &str, method: MethodKey, route: RouteId) -> Result<(), TreeError> {
        let mut at = 0_u32;
        let mut ended = false;
        for segment in path.split('/').filter(|segment| !segment.is_empty()) {
            if ended {
                return Err(TreeError::BelowGreedy { path: path.to_owned() });
            }
            let variable = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
            at = match variable {
                Some(name) => {
                    ended = name.ends_with('+');
                    self.variable_child(at, name, path)?
                }
                None => self.static_child(at, segment.as_bytes()),
            };
        }
        let node = &mut self.nodes[at as usize];
        let slot = match method {
            MethodKey::Verb(verb) => &mut node.methods[verb as usize],
            MethodKey::Any => &mut node.any,
        };
        if slot.replace(route).is_some() {
            return Err(TreeError::Duplicate { path: path.to_owned() });
        }
        Ok(())
    }

    fn push(&mut self) -> u32 {
        self.nodes.push(Node::default());
        u32::try_from(self.nodes.len() - 1).expect("a tree has fewer than 2^32 nodes")
    }

    fn static_child(&mut self, at: u32, segment: &[u8]) -> u32 {
        let known =
            self.nodes[at as usize].statics.iter().find(|(name, _)| **name == *segment).map(|(_, child)| *child);
        known.unwrap_or_else(|| {
            let child = self.push();
            self.nodes[at as usize].statics.push((segment.into(), child));
            child
        })
    }

    fn variable_child(&mut self, at: u32, name: &str, path: &str) -> Result<u32, TreeError> {
        let greedy = name.ends_with('+');
        let node = &self.nodes[at as usize];
        let slot = if greedy { node.greedy } else { node.param };
        if let Some(child) = slot {
            // Routes name their own variables; resources share those of the resource above.
            let is_shared = self.paths == Paths::Decoded;
            let same = is_shared || self.variables.iter().any(|(node, known)| *node == child && **known == *name);
            return same.then_some(child).ok_or_else(|| TreeError::SecondVariable { path: path.to_owned() });
        }
        let child = self.push();
        self.variables.push((child, name.into()));
        let node = &mut self.nodes[at as usize];
        if greedy {
            node.greedy = Some(child);
        } else {
            node.param = Some(child);
        }
        Ok(child)
    }

    /// Ends building.
    pub fn build(mut self) -> RouteTree {
        for node in &mut self.nodes {
            node.statics.sort_by_key(|(segment, _)| segment_hash(segment));
            node.hashes = node.statics.iter().map(|(segment, _)| segment_hash(segment)).collect();
        }
        RouteTree { nodes: self.nodes.into(), paths: self.paths }
    }
}

/// One search through the tree.
struct Search<'p> {
    path: &'p [u8],
    verb: Verb,
    /// `{proxy+}` may match.
    is_greedy: bool,
    captures: Captures,
}

impl RouteTree {
    /// How paths are read that it is asked for.
    pub fn paths(&self) -> Paths {
        self.paths
    }

    /// Finds the route of a path below the stage, such as `/pets/7`.
    ///
    /// A node that lacks the verb does not end the search: a less specific one that has it wins (fact 27). `{proxy+}` needs at least
    /// one byte (fact 28). Each node is visited at most once, or twice where paths are read decoded.
    ///
    /// Of paths as they were sent, one trailing slash is ignored (fact 29). Of decoded ones none is (fact 102), a match without
    /// `{proxy+}` goes before any with it (fact 92), and a variable at the end may be empty (fact H9).
    pub fn find(&self, path: &[u8], verb: Verb) -> Option<Matched> {
        match self.paths {
            Paths::AsSent => self.search(path.strip_suffix(b"/").unwrap_or(path), verb, true),
            Paths::Decoded => {
                let path = if path == b"/" { b"" } else { path };
                self.search(path, verb, false).or_else(|| self.search(path, verb, true))
            }
        }
    }

    fn search(&self, path: &[u8], verb: Verb, is_greedy: bool) -> Option<Matched> {
        let mut search = Search { path, verb, is_greedy, captures: Captures::new() };
        let route = self.descend(0, 0, &mut search)?;
        Some(Matched { route, captures: search.captures })
    }

    /// Matches the rest of the path, from the slash at `at`, below a node.
    fn descend(&self, node: u32, at: usize, search: &mut Search<'_>) -> Option<RouteId> {
        let node = &self.nodes[node as usize];
        if at >= search.path.len() {
            return node.route(search.verb);
        }
        let start = at + 1;
        let rest = search.path.get(start..)?;
        let end = memchr_slash(rest).map_or(search.path.len(), |slash| start + slash);
        let segment = &search.path[start..end];
        if let Some(child) = self.static_child(node, segment)
            && let Some(route) = self.descend(child, end, search)
        {
            return Some(route);
        }
        if let Some(child) = node.param
            && (!segment.is_empty() || self.paths == Paths::Decoded && end == search.path.len())
            && let Some(route) = self.capture(child, start..end, end, search)
        {
            return Some(route);
        }
        let greedy = node.greedy.filter(|_| search.is_greedy)?;
        let whole = start..search.path.len();
        if rest.is_empty() { None } else { self.capture(greedy, whole.clone(), whole.end, search) }
    }

    /// The static child of a segment; `%XX` that is in it still is decoded for the comparison (RFC 3986 §6.2.2.2).
    fn static_child(&self, node: &Node, segment: &[u8]) -> Option<u32> {
        if node.statics.is_empty() {
            return None;
        }
        let is_encoded = self.paths == Paths::AsSent && segment.contains(&b'%');
        if is_encoded { exact_child(node, &decode(segment)) } else { exact_child(node, segment) }
    }

    fn capture(&self, child: u32, range: Range<usize>, next: usize, search: &mut Search<'_>) -> Option<RouteId> {
        let depth = search.captures.len();
        search.captures.push(narrow(range.start)..narrow(range.end));
        let route = self.descend(child, next, search);
        if route.is_none() {
            search.captures.truncate(depth);
        }
        route
    }
}

/// Paths are bounded by the head limit, far below 2^32 bytes.
fn narrow(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

fn memchr_slash(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|byte| *byte == b'/')
}

/// Finds a child by its segment's hash, then compares: wide nodes cost one comparison of bytes, not one per step.
fn exact_child(node: &Node, segment: &[u8]) -> Option<u32> {
    let hash = segment_hash(segment);
    let first = node.hashes.partition_point(|known| *known < hash);
    let same = node.hashes[first..].iter().take_while(|known| **known == hash).count();
    node.statics[first..first + same].iter().find(|(name, _)| **name == *segment).map(|(_, child)| *child)
}

/// A quick hash; collisions only cost a comparison.
fn segment_hash(segment: &[u8]) -> u64 {
    let mut hash = segment.len() as u64;
    for word in segment.chunks(8) {
        let mut bytes = [0; 8];
        bytes[..word.len()].copy_from_slice(word);
        hash = (hash.rotate_left(5) ^ u64::from_le_bytes(bytes)).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
    hash
}

/// `%XX` decoded; what is no encoding stays as it is.
pub(crate) fn decode(segment: &[u8]) -> SmallVec<[u8; 64]> {
    let hex = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut decoded = SmallVec::new();
    let mut at = 0;
    while at < segment.len() {
        let pair =
            (segment[at] == b'%').then(|| Some((hex(*segment.get(at + 1)?)?, hex(*segment.get(at + 2)?)?))).flatten();
        if let Some((high, low)) = pair {
            decoded.push(high << 4 | low);
            at += 3;
        } else {
            decoded.push(segment[at]);
            at += 1;
        }
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A path, a verb, and the route with its captures.
    type Case<'c> = (&'c str, Verb, Option<(&'c str, &'c [&'c str])>);

    const ROUTES: &[(&str, MethodKey)] = &[
        ("/", MethodKey::Verb(Verb::Get)),
        ("/pets", MethodKey::Verb(Verb::Get)),
        ("/pets", MethodKey::Verb(Verb::Post)),
        ("/pets/{id}", MethodKey::Verb(Verb::Get)),
        ("/pets/mine", MethodKey::Verb(Verb::Get)),
        ("/pets/{id}/toys/{toy}", MethodKey::Any),
        ("/files/{path+}", MethodKey::Verb(Verb::Get)),
        ("/{proxy+}", MethodKey::Any),
        ("/{tenant}", MethodKey::Verb(Verb::Put)),
        ("/a:b", MethodKey::Verb(Verb::Get)),
    ];

    fn tree() -> RouteTree {
        let mut builder = TreeBuilder::default();
        for (index, (path, method)) in ROUTES.iter().enumerate() {
            builder.add(path, *method, RouteId(u32::try_from(index).unwrap())).unwrap();
        }
        builder.build()
    }

    fn found(tree: &RouteTree, path: &str, verb: Verb) -> Option<(&'static str, Vec<String>)> {
        let matched = tree.find(path.as_bytes(), verb)?;
        let values = matched.captures.iter().map(|c| path[c.start as usize..c.end as usize].to_owned()).collect();
        Some((ROUTES[matched.route.0 as usize].0, values))
    }

    #[test]
    fn priorities_and_fall_through_follow_aws() {
        let cases: &[Case<'_>] = &[
            ("/", Verb::Get, Some(("/", &[]))),
            ("", Verb::Get, Some(("/", &[]))),
            ("/", Verb::Post, None),
            ("/pets", Verb::Get, Some(("/pets", &[]))),
            ("/pets/", Verb::Get, Some(("/pets", &[]))),
            ("/pets/7", Verb::Get, Some(("/pets/{id}", &["7"]))),
            ("/pets/mine", Verb::Get, Some(("/pets/mine", &[]))),
            ("/pets/mine", Verb::Delete, Some(("/{proxy+}", &["pets/mine"]))),
            ("/pets", Verb::Delete, Some(("/{proxy+}", &["pets"]))),
            ("/pets/7/toys/ball", Verb::Head, Some(("/pets/{id}/toys/{toy}", &["7", "ball"]))),
            ("/pets/mine/toys/ball", Verb::Head, Some(("/pets/{id}/toys/{toy}", &["mine", "ball"]))),
            ("/pets//toys/ball", Verb::Get, Some(("/{proxy+}", &["pets//toys/ball"]))),
            ("/files/a/b//c/", Verb::Get, Some(("/files/{path+}", &["a/b//c"]))),
            ("/files", Verb::Get, Some(("/{proxy+}", &["files"]))),
            ("/acme", Verb::Put, Some(("/{tenant}", &["acme"]))),
            ("/acme", Verb::Get, Some(("/{proxy+}", &["acme"]))),
            ("/a%3ab", Verb::Get, Some(("/a:b", &[]))),
            ("/%70ets", Verb::Get, Some(("/pets", &[]))),
            ("/pets%2F7", Verb::Get, Some(("/{proxy+}", &["pets%2F7"]))),
        ];
        let tree = tree();
        for (path, verb, expected) in cases {
            let expected = expected.map(|(route, values)| (route, values.iter().map(ToString::to_string).collect()));
            assert_eq!(found(&tree, path, *verb), expected, "{path}");
        }
    }

    #[test]
    fn impossible_paths_are_refused() {
        let mut builder = TreeBuilder::default();
        builder.add("/a/{x}", MethodKey::Any, RouteId(0)).unwrap();
        assert!(matches!(builder.add("/a/{y}", MethodKey::Any, RouteId(1)), Err(TreeError::SecondVariable { .. })));
        assert!(matches!(builder.add("/a/{x}", MethodKey::Any, RouteId(1)), Err(TreeError::Duplicate { .. })));
        assert!(matches!(builder.add("/b/{p+}/c", MethodKey::Any, RouteId(1)), Err(TreeError::BelowGreedy { .. })));
    }

    proptest::proptest! {
        #[test]
        fn order_of_creation_is_irrelevant(path in "(/(pets|files|mine|7|toys|x|)){0,5}", seed in 0_usize..1000) {
            let forwards = tree();
            let mut builder = TreeBuilder::default();
            for step in 0..ROUTES.len() {
                let index = (step * 7 + seed) % ROUTES.len();
                let (path, method) = ROUTES[index];
                builder.add(path, method, RouteId(u32::try_from(index).unwrap())).unwrap();
            }
            let shuffled = builder.build();
            for verb in Verb::ALL {
                proptest::prop_assert_eq!(forwards.find(path.as_bytes(), verb), shuffled.find(path.as_bytes(), verb));
            }
        }

        #[test]
        fn any_path_is_matched_or_missed(path in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..60)) {
            let _ = tree().find(&path, Verb::Get);
        }
    }
}
