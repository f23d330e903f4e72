//! The nouns of a definition become rows. What cannot be made is left out with a warning, and so is what needs it.
//!
//! Whatever is there already keeps its id: an authorizer by its name, a route by its key, an integration by all that it says.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;
use stagegate_model::http::{Authorizer, AuthorizerType, Integration, Route, RouteKey};
use stagegate_model::keys::HttpNoun;
use stagegate_openapi::{HttpApiDefinition, Placed, RouteDefinition, Warning};

use super::edit::Place;
use super::issuers::Issuers;
use super::{authorizer, integration, route, verbs};
use crate::call::Call;
use crate::fault::{Fault, FaultKind};

/// How many warnings are told one by one.
const MOST_WARNINGS: usize = 1_000;

/// Writes the nouns of a definition below an API, deletes the others, and answers what was left out.
pub(super) async fn plant(definition: HttpApiDefinition, place: &mut Place<'_>) -> Result<Vec<Warning>, Fault> {
    let mut bed = Bed { warnings: Vec::new(), withheld: 0 };
    let authorizers = bed.authorizers(&definition.authorizers, place).await?;
    let integrations = bed.integrations(&definition.integrations, place).await?;
    let routes = bed.routes(&definition.routes, &authorizers, &integrations, place);
    let needed = needed(&definition.routes, &routes, integrations.len());
    let ids = write_integrations(&integrations, &needed, place).await?;
    write_routes(routes.into_iter().flatten(), &ids, place).await?;
    Ok(bed.finish())
}

/// What of a definition can be made.
struct Bed {
    warnings: Vec<Warning>,
    withheld: usize,
}

/// An authorizer that was made: its id and type.
type Made = (String, Option<AuthorizerType>);

impl Bed {
    fn leave_out<T>(&mut self, placed: &Placed<T>, message: String) {
        if self.warnings.len() < MOST_WARNINGS {
            self.warnings.push(placed.warning(message));
        } else {
            self.withheld += 1;
        }
    }

    fn finish(mut self) -> Vec<Warning> {
        if self.withheld > 0 {
            let message = format!("{} more warnings are not listed", self.withheld);
            self.warnings.push(Placed::nowhere(()).warning(message));
        }
        self.warnings
    }

    /// Writes authorizers by their names, and answers what was made.
    async fn authorizers(
        &mut self,
        all: &[Placed<Authorizer>],
        place: &mut Place<'_>,
    ) -> Result<BTreeMap<String, Made>, Fault> {
        let before = place.nouns::<Authorizer>(HttpNoun::Authorizer).await?;
        let mut known: HashMap<String, String> =
            before.into_iter().map(|(id, one)| (one.name.unwrap_or_default(), id)).collect();
        let mut issuers = Issuers::new();
        let mut made = BTreeMap::new();
        for placed in all {
            let name = placed.noun.name.clone().unwrap_or_default();
            let drafted = verbs::draft(&placed.noun, place.call).and_then(|mut noun: Authorizer| {
                authorizer::check(&mut noun, place.call)?;
                Ok(noun)
            });
            let Some(mut noun) = self.unless_refused(drafted, placed, || format!("authorizer '{name}'"))? else {
                continue;
            };
            if let Err(why) = issuers.discover(&noun, place.call).await {
                self.leave_out(placed, format!("Unable to create authorizer '{name}': {why}"));
                continue;
            }
            noun.authorizer_id = known.remove(&name).unwrap_or(noun.authorizer_id);
            place.put(HttpNoun::Authorizer, &noun.authorizer_id, &noun)?;
            made.insert(name, (noun.authorizer_id, noun.authorizer_type));
        }
        let message = "Maximum number of authorizers for this Api has been reached.";
        place.call.world.quotas.admit_or_throttle(
            "http_authorizers_per_api_count",
            made.len().saturating_sub(1),
            message,
        )?;
        for id in known.into_values() {
            place.delete(HttpNoun::Authorizer, &id);
        }
        Ok(made)
    }

    /// The integrations that can be made, each checked and none written.
    async fn integrations(
        &mut self,
        all: &[Placed<Integration>],
        place: &mut Place<'_>,
    ) -> Result<Vec<Option<Integration>>, Fault> {
        let mut links = HashMap::new();
        let mut made = Vec::with_capacity(all.len());
        for placed in all {
            let mut drafted = verbs::draft(&placed.noun, place.call).and_then(|mut noun: Integration| {
                integration::check(&mut noun)?;
                Ok(noun)
            });
            if let Ok(noun) = &drafted {
                let link = noun.connection_id.clone().unwrap_or_default();
                let is_known = match links.get(&link) {
                    Some(is_known) => *is_known,
                    None => integration::check_link(noun, place).await.is_ok(),
                };
                if !is_known {
                    drafted = Err(Fault::bad_request(format!("VpcLink {link} does not exist")));
                }
                links.insert(link, is_known);
            }
            made.push(self.unless_refused(drafted, placed, || "integration".to_owned())?);
        }
        Ok(made)
    }

    /// The routes that can be made, each with its authorizer's id; their targets are not known yet.
    fn routes(
        &mut self,
        all: &[Placed<RouteDefinition>],
        authorizers: &BTreeMap<String, Made>,
        integrations: &[Option<Integration>],
        place: &Place<'_>,
    ) -> Vec<Option<(Route, Option<usize>)>> {
        let mut routes = Vec::with_capacity(all.len());
        let mut taken = HashMap::new();
        for placed in all {
            let RouteDefinition { route, integration } = &placed.noun;
            let key = route.route_key.clone().unwrap_or_default();
            let is_gone = integration.is_some_and(|index| integrations.get(index).is_none_or(Option::is_none));
            let drafted = if is_gone {
                Err(Fault::bad_request("its integration was not created"))
            } else {
                draft_route(route, authorizers, place).and_then(|route| alone(route, &mut taken))
            };
            routes.push(match drafted {
                Ok(route) => Some((route, *integration)),
                Err(fault) => {
                    let message = format!("Unable to create route '{key}': {}. The route is left out.", fault.message);
                    self.leave_out(placed, message);
                    None
                }
            });
        }
        routes
    }

    /// What was drafted; nothing if it was refused, which is warned of. Other faults end the import.
    fn unless_refused<T, N>(
        &mut self,
        drafted: Result<N, Fault>,
        placed: &Placed<T>,
        name: impl FnOnce() -> String,
    ) -> Result<Option<N>, Fault> {
        match drafted {
            Ok(noun) => Ok(Some(noun)),
            Err(fault) if fault.kind == FaultKind::BadRequest => {
                self.leave_out(placed, format!("Unable to create {}: {}", name(), fault.message));
                Ok(None)
            }
            Err(fault) => Err(fault),
        }
    }
}

fn draft_route(said: &Route, authorizers: &BTreeMap<String, Made>, place: &Place<'_>) -> Result<Route, Fault> {
    let mut route: Route = verbs::draft(said, place.call)?;
    if let Some(name) = &said.authorizer_id {
        let (id, kind) =
            authorizers.get(name).ok_or_else(|| Fault::bad_request(format!("there is no authorizer '{name}'")))?;
        route.authorizer_id = Some(id.clone());
        route::check_kind(&route, *kind, place.call)?;
    }
    Ok(route)
}

/// A route that takes other requests than those before it; `taken` is their keys by shape.
fn alone(route: Route, taken: &mut HashMap<RouteKey, String>) -> Result<Route, Fault> {
    let key = route.route_key.as_deref().unwrap_or_default();
    let read = RouteKey::parse(key).map_err(|error| Fault::bad_request(error.to_string()))?;
    if let Some(other) = taken.get(&read.shape()) {
        return Err(Fault::conflict(route::conflicting(key, other)));
    }
    taken.insert(read.shape(), key.to_owned());
    Ok(route)
}

/// Which integrations are made: those of routes that are made, and those that no route ever had.
fn needed(defined: &[Placed<RouteDefinition>], made: &[Option<(Route, Option<usize>)>], count: usize) -> Vec<bool> {
    let mut needed = vec![true; count];
    for index in defined.iter().filter_map(|placed| placed.noun.integration) {
        needed[index] = false;
    }
    for index in made.iter().flatten().filter_map(|(_, index)| *index) {
        needed[index] = true;
    }
    needed
}

/// Writes integrations, and answers the ids of those that were made.
async fn write_integrations(
    all: &[Option<Integration>],
    needed: &[bool],
    place: &mut Place<'_>,
) -> Result<Vec<Option<String>>, Fault> {
    let mut known: HashMap<String, Vec<String>> = HashMap::new();
    // The last of the list is taken first.
    for (id, before) in place.nouns::<Integration>(HttpNoun::Integration).await?.into_iter().rev() {
        known.entry(content(&before)?).or_default().push(id);
    }
    let mut taken = Taken(known.values().flatten().cloned().collect());
    let mut ids = Vec::with_capacity(all.len());
    for (noun, is_needed) in all.iter().zip(needed) {
        let Some(noun) = noun.as_ref().filter(|_| *is_needed) else {
            ids.push(None);
            continue;
        };
        let mut noun = noun.clone();
        let kept = known.get_mut(&content(&noun)?).and_then(Vec::pop);
        noun.integration_id = kept.unwrap_or_else(|| taken.fresh(place.call));
        place.put(HttpNoun::Integration, &noun.integration_id, &noun)?;
        ids.push(Some(noun.integration_id));
    }
    let message = "Maximum number of integrations for this Api has been reached.";
    let made = ids.iter().flatten().count();
    place.call.world.quotas.admit_or_throttle("http_integrations_per_api_count", made.saturating_sub(1), message)?;
    for id in known.into_values().flatten() {
        place.delete(HttpNoun::Integration, &id);
    }
    Ok(ids)
}

/// Ids that are taken: a definition has so many nouns that two could draw the same.
struct Taken(HashSet<String>);

impl Taken {
    fn fresh(&mut self, call: &Call) -> String {
        loop {
            let id = call.new_id(route::ID_LENGTH);
            if self.0.insert(id.clone()) {
                return id;
            }
        }
    }
}

/// All that an integration says but its id, and whether quick create made it.
fn content(integration: &Integration) -> Result<String, Fault> {
    let bare = Integration { integration_id: String::new(), api_gateway_managed: None, ..integration.clone() };
    text(&bare)
}

fn text<T: Serialize>(value: &T) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|error| Fault::internal(error.to_string()))
}

/// Writes routes in the place of those that there are.
async fn write_routes(
    all: impl Iterator<Item = (Route, Option<usize>)>,
    integrations: &[Option<String>],
    place: &mut Place<'_>,
) -> Result<(), Fault> {
    let before = place.nouns::<Route>(HttpNoun::Route).await?;
    let mut known: HashMap<String, String> =
        before.into_iter().map(|(id, one)| (one.route_key.unwrap_or_default(), id)).collect();
    let mut taken = Taken(known.values().cloned().collect());
    let mut count = 0_usize;
    for (mut route, integration) in all {
        let target = integration.and_then(|index| integrations.get(index)?.as_ref());
        route.target = target.map(|id| format!("integrations/{id}"));
        let key = route.route_key.as_deref().unwrap_or_default();
        route.route_id = known.remove(key).unwrap_or_else(|| taken.fresh(place.call));
        place.put(HttpNoun::Route, &route.route_id, &route)?;
        count += 1;
    }
    let message = "Maximum number of routes for this Api has been reached.";
    place.call.world.quotas.admit_or_throttle("http_routes_per_api_count", count.saturating_sub(1), message)?;
    for id in known.into_values() {
        place.delete(HttpNoun::Route, &id);
    }
    Ok(())
}
