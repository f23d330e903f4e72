//! Settings of a stage or a usage plan for methods: which of them is a method's own.

use std::collections::BTreeMap;

use stagegate_model::rest::MethodSetting;
use stagegate_plan::{MethodKey, RoutePlan, Verb};

/// The resource's path, without slashes around it, and the verb of `{path}/{VERB}`. The path may be escaped (`~1pets`) or not.
pub(crate) fn place(key: &str) -> Option<(String, &str)> {
    let (path, verb) = key.rsplit_once('/')?;
    let path = path.replace("~1", "/").replace("~0", "~");
    Some((path.trim_matches('/').to_owned(), verb))
}

/// The verb of a route, as settings name it.
pub(crate) fn verb(route: &RoutePlan) -> &'static str {
    match route.method {
        MethodKey::Verb(verb) => verb.as_str(),
        MethodKey::Any => "ANY",
    }
}

/// Settings by resource path, with its slashes, and verb; `*` stands for all.
pub(crate) struct MethodSettings<'s> {
    by_place: BTreeMap<(String, &'s str), &'s MethodSetting>,
}

impl<'s> MethodSettings<'s> {
    /// A path may be escaped (`~1pets`) or not, and begin with a slash or not: the store keeps what was written.
    pub(crate) fn of(settings: &'s BTreeMap<String, MethodSetting>) -> Self {
        let placed = |(key, setting): (&'s String, &'s MethodSetting)| {
            let (path, verb) = place(key)?;
            Some(((path, verb), setting))
        };
        Self { by_place: settings.iter().filter_map(placed).collect() }
    }

    /// A member of the most specific setting that has it: the method's, its resource's, that of all.
    pub(crate) fn member<T>(&self, route: &RoutePlan, member: impl Fn(&MethodSetting) -> Option<T>) -> Option<T> {
        self.first(route, &[verb(route)], member)
    }

    /// The same for one verb of a route, which may take any: a setting of the verb goes before that of the route.
    pub(crate) fn member_of<T>(
        &self,
        route: &RoutePlan,
        of: Verb,
        member: impl Fn(&MethodSetting) -> Option<T>,
    ) -> Option<T> {
        self.first(route, &[of.as_str(), verb(route)], member)
    }

    /// The setting of one verb of a route, and of nothing else.
    pub(crate) fn own(&self, route: &RoutePlan, verb: Verb) -> Option<&'s MethodSetting> {
        self.at(route.resource_path.trim_matches('/'), verb.as_str())
    }

    fn first<T>(
        &self,
        route: &RoutePlan,
        verbs: &[&'s str],
        member: impl Fn(&MethodSetting) -> Option<T>,
    ) -> Option<T> {
        let verbs = || verbs.iter().copied().chain(["*"]);
        let mut places = [route.resource_path.trim_matches('/'), "*"].into_iter();
        places.find_map(|path| verbs().find_map(|verb| member(self.at(path, verb)?)))
    }

    fn at(&self, path: &str, verb: &'s str) -> Option<&'s MethodSetting> {
        self.by_place.get(&(path.to_owned(), verb)).copied()
    }
}
