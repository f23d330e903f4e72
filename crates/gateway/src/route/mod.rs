//! Room 4: which resource and method a request is for. Decided once, for every later room.

mod arn;

use stagegate_http1::Known;
use stagegate_plan::{Captures, GatewayResponseType, MethodKey, RouteId, RoutePlan, Verb};

use crate::accept::Arrival;
use crate::address::Addressed;
use crate::authorize::unrouted;
use crate::core::Core;
use crate::cors;
use crate::integrate::EditedTarget;
use crate::observe::{Notes, log_opening};
use crate::refusal::{Cause, Refusal};
use crate::respond::{Answer, Content, begin};
use crate::screen::Screened;

pub(crate) use self::arn::MethodArn;

/// A request whose route is known.
#[derive(Debug)]
pub(crate) struct Routed<'j> {
    /// The request.
    pub(crate) addressed: Addressed<'j>,
    /// Its verb, after `X-HTTP-Method-Override`.
    pub(crate) verb: Verb,
    /// The route's id.
    pub(crate) id: RouteId,
    /// The route.
    pub(crate) route: &'j RoutePlan,
    /// What the path's variables captured, in the route's order.
    captures: Captures,
    /// What mappings have made of the back end's request line and Host.
    pub(crate) target: Option<&'j EditedTarget>,
}

impl<'j> Routed<'j> {
    /// The same with what mappings have made of the request.
    pub(crate) fn edited<'e>(&'e self, arrival: &'e Arrival<'e>, target: &'e EditedTarget) -> Routed<'e> {
        let Addressed { stage, path, base_path, vpc_endpoint, .. } = self.addressed;
        let private_domain = self.addressed.private_domain.clone();
        Routed {
            addressed: Addressed { arrival, stage, path, base_path, vpc_endpoint, private_domain },
            captures: self.captures.clone(),
            target: Some(target),
            ..*self
        }
    }

    /// A request for a route that is in no tree; it has no parameters.
    pub(crate) fn pretended(addressed: Addressed<'j>, verb: Verb, route: &'j RoutePlan) -> Self {
        Self { addressed, verb, id: RouteId(0), route, captures: Captures::default(), target: None }
    }

    /// The value of a path parameter, percent-encoding kept (fact 31).
    pub(crate) fn parameter(&self, name: &str) -> Option<&'j [u8]> {
        let index = self.route.parameters.iter().position(|parameter| **parameter == *name)?;
        let range = self.captures.get(index)?;
        self.addressed.path.get(range.start as usize..range.end as usize)
    }
}

/// Finds the route.
pub(crate) fn route<'j>(screened: Screened<'j>, notes: &Notes) -> Result<Routed<'j>, Refusal> {
    let addressed = screened.addressed;
    let deployment = &addressed.stage.deployment;
    let unrouted = || unrouted(deployment.unrouted, addressed.arrival, notes);
    let verb = verb(&addressed)?.ok_or_else(unrouted)?;
    let matched = deployment.find(addressed.path, verb).ok_or_else(unrouted)?;
    let route = deployment.route(matched.route).ok_or_else(no_route)?;
    notes.enter_route(matched.route, &matched.captures);
    let verb_of_route = match route.method {
        MethodKey::Verb(verb) => verb.as_str(),
        MethodKey::Any => "ANY",
    };
    notes.explain("route", format_args!("{verb_of_route} {}; resource {}", route.resource_path, route.resource_id));
    log_opening(notes, &addressed);
    Ok(Routed { addressed, verb, id: matched.route, route, captures: matched.captures, target: None })
}

/// The answer to a browser's question whether it may send another request, where no route takes the question (facts 100 and H47); it
/// says nothing to whoever is no browser (fact H48).
pub(crate) fn preflight(core: &Core, screened: &Screened<'_>) -> Option<Answer> {
    let Addressed { arrival, stage, path, .. } = &screened.addressed;
    let told = stage.deployment.cors.as_ref().filter(|_| arrival.head.method() == b"OPTIONS")?;
    if stage.deployment.find(path, Verb::Options).is_some() {
        return None;
    }
    let mut head = begin(core, arrival, 204);
    if cors::is_preflight(arrival) {
        cors::answer_preflight(told, arrival, &mut head);
    }
    Some(Answer { head, content: Content::Whole(Vec::new(), None) })
}

/// Takes a route that is given. A path that does not lead to it has no parameters (fact 122).
pub(crate) fn given<'j>(
    addressed: Addressed<'j>,
    id: RouteId,
    verb: Verb,
    notes: &Notes,
) -> Result<Routed<'j>, Refusal> {
    let deployment = &addressed.stage.deployment;
    let route = deployment.route(id).ok_or_else(no_route)?;
    let matched = deployment.find(addressed.path, verb).filter(|matched| matched.route == id);
    let captures = matched.map(|matched| matched.captures).unwrap_or_default();
    notes.enter_route(id, &captures);
    Ok(Routed { addressed, verb, id, route, captures, target: None })
}

fn no_route() -> Refusal {
    Refusal::Gateway(GatewayResponseType::MissingAuthenticationToken, Cause::NoRoute)
}

/// The verb, which `X-HTTP-Method-Override` may change (fact 34); none where it is changed to what no method is.
fn verb(addressed: &Addressed<'_>) -> Result<Option<Verb>, Refusal> {
    let head = addressed.arrival.head;
    let sent = Verb::parse(head.method()).ok_or(Refusal::UnknownMethod)?;
    if !addressed.stage.deployment.overrides_method {
        return Ok(Some(sent));
    }
    let mut overrides = head.fields().filter(|field| field.known == Known::XHttpMethodOverride);
    match (overrides.next(), overrides.next()) {
        (None, _) => Ok(Some(sent)),
        (Some(field), None) => Ok(Verb::parse(field.value)),
        // Two readers could take different ones.
        (Some(_), Some(_)) => Ok(None),
    }
}
