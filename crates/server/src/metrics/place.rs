//! Whose counters they are, and which series they are read for.

use std::sync::Arc;

use stagegate_plan::{ApiDimension, ApiFacts, Distribution as Counted, Measure, Series, Tally, Unit};
use stagegate_telemetry::metrics::{self, Distribution};

/// The longest value of a dimension (fact M2).
const VALUE_CHARS_MAX: usize = 255;

/// What is counted below an API.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Part {
    /// A stage, its canary included.
    Stage,
    /// The canary of a stage.
    Canary,
    /// A route of a stage.
    Route {
        /// The resource's path.
        resource: Box<str>,
        /// Its method.
        method: Box<str>,
    },
}

/// Whose counters they are.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) part: Part,
    pub(super) api_id: Box<str>,
    pub(super) api_name: Box<str>,
    pub(super) account: Box<str>,
    pub(super) region: Box<str>,
    pub(super) stage: Box<str>,
}

impl Place {
    pub(super) fn new(api: &ApiFacts, stage: &str, part: Part) -> Self {
        let ApiFacts { id, name, account, region, .. } = api;
        let (api_id, api_name) = (id.clone(), name.clone());
        Self { part, api_id, api_name, account: account.clone(), region: region.clone(), stage: stage.into() }
    }

    /// The sets of dimensions that its numbers go to (facts M2, H57 and N4).
    fn dimensions(&self, api: ApiDimension) -> Vec<Vec<(&'static str, String)>> {
        let api = match api {
            ApiDimension::Name => ("ApiName", shown(&self.api_name, &self.api_id)),
            ApiDimension::Id => ("ApiId", self.api_id.to_string()),
        };
        let stage = self.stage.to_string();
        match &self.part {
            Part::Stage => vec![vec![api.clone()], vec![api, ("Stage", stage)]],
            Part::Canary => vec![vec![api, ("Stage", format!("{stage}/Canary"))]],
            Part::Route { resource, method } => {
                vec![vec![api, ("Method", method.to_string()), ("Resource", resource.to_string()), ("Stage", stage)]]
            }
        }
    }

    fn series(&self, name: &str, unit: Unit, dimensions: &[(&str, String)]) -> metrics::Series {
        let cut = |value: &String| value.chars().take(VALUE_CHARS_MAX).collect::<String>().into();
        metrics::Series {
            account: self.account.clone(),
            region: self.region.clone(),
            name: name.into(),
            unit: unit_text(unit).into(),
            dimensions: dimensions.iter().map(|(name, value)| ((*name).into(), cut(value))).collect(),
        }
    }
}

/// What CloudWatch shows of an API's name: its ASCII characters, or else the id (fact M2).
fn shown(name: &str, id: &str) -> String {
    let ascii: String = name.chars().filter(char::is_ascii).collect();
    if ascii.trim().is_empty() { id.to_owned() } else { ascii }
}

/// CloudWatch's name of a unit.
pub(super) fn unit_text(unit: Unit) -> &'static str {
    match unit {
        Unit::None => "None",
        Unit::Count => "Count",
        Unit::Bytes => "Bytes",
        Unit::Milliseconds => "Milliseconds",
    }
}

/// The series that the numbers of a place go to, by measure.
#[derive(Debug)]
pub(super) struct Sinks(Vec<(Measure, Vec<Arc<metrics::Series>>)>);

impl Sinks {
    pub(super) fn new(place: &Place, series: &Series) -> Self {
        let dimensions = place.dimensions(series.api);
        let rows = series.rows.iter().map(|row| {
            let of = |dimensions: &Vec<_>| Arc::new(place.series(row.name, row.unit, dimensions));
            (row.measure, dimensions.iter().map(of).collect())
        });
        Self(rows.collect())
    }

    /// The numbers of a tally for each series.
    pub(super) fn pour(&self, tally: &Tally, mut into: impl FnMut(&Arc<metrics::Series>, &Distribution)) {
        for (measure, series) in &self.0 {
            let numbers = numbers(tally, *measure);
            if numbers.count > 0 {
                for series in series {
                    into(series, &numbers);
                }
            }
        }
    }
}

/// The numbers of a measure: 1 or 0 for each request where it is counted, as AWS has it (facts M1 and C9).
fn numbers(tally: &Tally, measure: Measure) -> Distribution {
    let all = tally.requests;
    // A request that is being counted may be an error before it is one of all.
    let some = |count: u64| Distribution::of_two((0, all.saturating_sub(count)), (1, count.min(all)));
    let is_cached = tally.cache_hits + tally.cache_misses > 0;
    match measure {
        Measure::Requests => Distribution::of(1, all),
        Measure::ClientErrors => some(tally.client_errors),
        Measure::ServerErrors => some(tally.server_errors),
        Measure::CacheHits if is_cached => some(tally.cache_hits),
        Measure::CacheMisses if is_cached => some(tally.cache_misses),
        Measure::CacheHits | Measure::CacheMisses => Distribution::default(),
        Measure::Latency => kept(&tally.latency_us),
        Measure::IntegrationLatency => kept(&tally.integration_latency_us),
        Measure::ProcessedBytes => kept(&tally.processed_bytes),
    }
}

fn kept(counted: &Counted) -> Distribution {
    let Counted { count, sum, least, greatest, values } = counted.clone();
    Distribution { count, sum, least, greatest, values }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(name: &str, part: Part) -> Place {
        let [id, account, region] = ["abc", "000000000000", "us-east-1"].map(Box::from);
        Place { part, api_id: id, api_name: name.into(), account, region, stage: "s".into() }
    }

    fn names(place: &Place, series: &Series) -> Vec<String> {
        let all = place.dimensions(series.api).into_iter();
        all.map(|set| set.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(",")).collect()
    }

    #[test]
    fn fact_m2_rest_apis_go_by_name_and_fact_h57_http_apis_by_id() {
        let route = Part::Route { resource: "/pets/{id}".into(), method: "GET".into() };
        for (series, part, expected) in [
            (&Series::BY_NAME, Part::Stage, vec!["ApiName=pets", "ApiName=pets,Stage=s"]),
            (&Series::BY_NAME, Part::Canary, vec!["ApiName=pets,Stage=s/Canary"]),
            (&Series::BY_NAME, route.clone(), vec!["ApiName=pets,Method=GET,Resource=/pets/{id},Stage=s"]),
            (&Series::BY_ID, Part::Stage, vec!["ApiId=abc", "ApiId=abc,Stage=s"]),
            (&Series::BY_ID, route, vec!["ApiId=abc,Method=GET,Resource=/pets/{id},Stage=s"]),
        ] {
            assert_eq!(names(&place("pets", part), series), expected);
        }
    }

    #[test]
    fn fact_m2_names_have_no_characters_but_ascii() {
        for (name, expected) in [("Bücher", "Bcher"), ("猫", "abc"), ("", "abc"), ("a b", "a b")] {
            assert_eq!(shown(name, "abc"), expected, "{name}");
        }
    }

    #[test]
    fn fact_m1_errors_are_one_or_zero_for_each_request() {
        let tally = Tally { requests: 10, client_errors: 3, cache_hits: 1, ..Tally::default() };
        assert_eq!(numbers(&tally, Measure::ClientErrors).values, [(0, 7), (1, 3)]);
        assert_eq!(numbers(&tally, Measure::Requests).values, [(1, 10)]);
        assert_eq!(numbers(&tally, Measure::CacheMisses).values, [(0, 10)], "the cache is on");
        let tally = Tally { cache_hits: 0, ..tally };
        assert_eq!(numbers(&tally, Measure::CacheMisses).count, 0, "the cache is off");
    }
}
