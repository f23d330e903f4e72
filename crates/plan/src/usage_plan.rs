//! Usage plans: how much the keys of a plan may call, at which stages.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::FixedState;
use stagegate_state::{Quota, Rate};

/// The number of a usage plan: keys refer to plans by it, so that a changed plan changes no key. The feed gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlanNumber(pub u32);

/// A compiled usage plan.
#[derive(Debug)]
pub struct UsagePlan {
    /// Its id.
    pub id: Box<str>,
    /// `{account}/{region}/{id}`
    pub name: Box<str>,
    /// The rate of each key.
    pub rate: Option<Rate>,
    /// The quota of each key.
    pub quota: Option<Quota>,
    /// The last quota of a plan that has none now: the next one follows it, so that leases of before do not outlive it.
    pub former_quota: Option<Quota>,
    /// The stages, by API id and name.
    pub stages: Box<[PlanStage]>,
}

/// A stage that a plan gives access to.
#[derive(Debug)]
pub struct PlanStage {
    /// The API's id.
    pub api: Box<str>,
    /// The stage's name.
    pub stage: Box<str>,
    /// Rates of each key at single methods.
    pub methods: Box<[MethodRate]>,
}

/// The rate of each key at one method of a stage.
#[derive(Debug, Clone)]
pub struct MethodRate {
    /// The resource's path without slashes around it; `*` for all.
    pub path: Box<str>,
    /// The verb; `*` for all.
    pub verb: Box<str>,
    /// `{api id}:{stage}/{path}/{verb}`, which names the buckets.
    pub name: Box<str>,
    /// The rate.
    pub rate: Rate,
    /// Which of a key's words is the bucket; no other rate of the plan has it.
    pub slot: u32,
}

impl UsagePlan {
    /// A stage of the plan.
    pub fn stage(&self, api: &str, stage: &str) -> Option<&PlanStage> {
        self.stages.get(self.stage_index(api, stage)?)
    }

    /// The place of a stage among the plan's.
    pub fn stage_index(&self, api: &str, stage: &str) -> Option<usize> {
        self.stages.binary_search_by(|it| (&*it.api, &*it.stage).cmp(&(api, stage))).ok()
    }

    /// Every method's rate.
    pub fn methods(&self) -> impl Iterator<Item = &MethodRate> {
        self.stages.iter().flat_map(|stage| &stage.methods)
    }
}

impl PlanStage {
    /// The rate at a method: the most specific one that there is, for the method, for its path, for its verb, for all.
    pub fn method(&self, path: &str, verb: &str) -> Option<&MethodRate> {
        if self.methods.is_empty() {
            return None;
        }
        let path = path.trim_matches('/');
        let places = [(path, verb), (path, "*"), ("*", verb), ("*", "*")];
        places.into_iter().find_map(|place| self.methods.iter().find(|rate| (&*rate.path, &*rate.verb) == place))
    }
}

/// How many plans are copied when one changes.
const CHUNK: usize = 128;

type Chunk = Vec<Option<Arc<UsagePlan>>>;

/// Usage plans by number. A clone shares every plan and every chunk.
#[derive(Debug, Clone, Default)]
pub(crate) struct UsagePlans {
    chunks: Vec<Arc<Chunk>>,
    /// How many plans have a stage, by `{api id}/{stage}`.
    stages: Arc<HashMap<Box<str>, u32, FixedState>>,
}

fn place(number: PlanNumber) -> (usize, usize) {
    let number = number.0 as usize;
    (number / CHUNK, number % CHUNK)
}

fn stage_name(stage: &PlanStage) -> Box<str> {
    format!("{}/{}", stage.api, stage.stage).into()
}

impl UsagePlans {
    pub(crate) fn get(&self, number: PlanNumber) -> Option<&Arc<UsagePlan>> {
        let (chunk, index) = place(number);
        self.chunks.get(chunk)?.get(index)?.as_ref()
    }

    /// Puts a plan in the place of the one of before, or takes it away.
    pub(crate) fn set(&mut self, number: PlanNumber, plan: Option<Arc<UsagePlan>>) {
        let (chunk, index) = place(number);
        if self.chunks.len() <= chunk {
            self.chunks.resize_with(chunk + 1, Arc::default);
        }
        let chunk = Arc::make_mut(&mut self.chunks[chunk]);
        if chunk.len() <= index {
            chunk.resize(index + 1, None);
        }
        let names = |plan: Option<&Arc<UsagePlan>>| -> Vec<Box<str>> {
            plan.into_iter().flat_map(|plan| plan.stages.iter().map(stage_name)).collect()
        };
        let come = names(plan.as_ref());
        let gone = names(std::mem::replace(&mut chunk[index], plan).as_ref());
        if gone != come {
            let stages = Arc::make_mut(&mut self.stages);
            for name in come {
                *stages.entry(name).or_default() += 1;
            }
            for name in gone {
                let count = stages.get(&name).copied().unwrap_or_default();
                if count > 1 {
                    stages.insert(name, count - 1)
                } else {
                    stages.remove(&name)
                };
            }
        }
    }

    /// Whether any plan has a stage.
    pub(crate) fn have_stage(&self, api: &str, stage: &str) -> bool {
        self.stages.contains_key(&*format!("{api}/{stage}"))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<UsagePlan>> {
        self.chunks.iter().flat_map(|chunk| chunk.iter().flatten())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(path: &str, verb: &str) -> MethodRate {
        MethodRate {
            path: path.into(),
            verb: verb.into(),
            name: format!("a:s/{path}/{verb}").into(),
            rate: Rate::new(1.0, 1),
            slot: 0,
        }
    }

    fn plan(id: &str, stages: &[&str]) -> Arc<UsagePlan> {
        let stage = |name: &&str| PlanStage { api: "api".into(), stage: (*name).into(), methods: Box::default() };
        let stages = stages.iter().map(stage).collect();
        Arc::new(UsagePlan { id: id.into(), name: id.into(), rate: None, quota: None, former_quota: None, stages })
    }

    #[test]
    fn the_most_specific_rate_of_a_method_counts() {
        let methods = [rate("*", "*"), rate("pets", "*"), rate("*", "GET"), rate("pets/{id}", "GET")].into();
        let stage = PlanStage { api: "a".into(), stage: "s".into(), methods };
        for (path, verb, found) in [
            ("/pets/{id}", "GET", "a:s/pets/{id}/GET"),
            ("/pets", "GET", "a:s/pets/*"),
            ("/dogs", "GET", "a:s/*/GET"),
            ("/", "POST", "a:s/*/*"),
        ] {
            assert_eq!(&*stage.method(path, verb).expect("a rate").name, found, "{verb} {path}");
        }
    }

    #[test]
    fn a_changed_plan_leaves_older_snapshots_and_other_plans_alone() {
        let mut plans = UsagePlans::default();
        for number in 0..300 {
            plans.set(PlanNumber(number), Some(plan(&number.to_string(), &["dev"])));
        }
        let before = plans.clone();
        plans.set(PlanNumber(7), Some(plan("7", &["beta", "dev"])));
        plans.set(PlanNumber(8), None);
        assert!(before.get(PlanNumber(8)).is_some() && plans.get(PlanNumber(8)).is_none());
        assert!(plans.get(PlanNumber(7)).is_some_and(|plan| plan.stage("api", "beta").is_some()));
        assert!(plans.have_stage("api", "beta") && !before.have_stage("api", "beta"));
        plans.set(PlanNumber(7), None);
        assert!(!plans.have_stage("api", "beta") && plans.have_stage("api", "dev"));
        assert_eq!((before.iter().count(), plans.iter().count()), (300, 298));
        assert!(plans.get(PlanNumber(4_000)).is_none());
    }
}
