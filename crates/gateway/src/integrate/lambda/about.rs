//! What an event of payload format 2.0 says of an HTTP API, its stage and its route (facts H11 to H13 and H17).

use stagegate_plan::Paths;

use super::event::{has_client_cert, write_client_cert};
use super::payload_2::About;
use crate::address::without_port;
use crate::integrate::values::Lookup;
use crate::observe::w3c_fields;

/// Hands on what events of a request say besides the request itself; `authorizer` is a JSON document.
pub(crate) fn about<R>(lookup: Lookup<'_>, authorizer: Option<&[u8]>, then: impl FnOnce(&About<'_>) -> R) -> R {
    let Lookup { routed, notes, .. } = lookup;
    let arrival = routed.addressed.arrival;
    let stage = routed.addressed.stage;
    let domain_name = String::from_utf8_lossy(without_port(arrival.head.host()));
    let names = routed.route.parameters.iter();
    let parameters: Vec<_> = names.filter_map(|name| Some((name.as_bytes(), routed.parameter(name)?))).collect();
    let variables = stage.variables.iter();
    let variables: Vec<_> = variables.map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
    let w3c = w3c_fields(lookup.core, arrival, notes);
    let overwritten = routed.target.and_then(|target| target.path.as_deref());
    let raw_path = overwritten.map_or_else(|| lookup.shown_path(), |path| Paths::Decoded.read(path));
    let authentication = has_client_cert(lookup).then(|| authentication(lookup));
    then(&About {
        raw_path: &raw_path,
        route_key: routed.route.key.as_deref().unwrap_or_default(),
        stage: &stage.name,
        account_id: &stage.api.account,
        api_id: &stage.api.id,
        domain_name: &domain_name,
        authentication: authentication.as_deref(),
        authorizer,
        shows_length: true,
        w3c: w3c.as_ref(),
        path_parameters: &parameters,
        stage_variables: &variables,
    })
}

/// What a handshake with a client certificate says of the client (fact H13).
fn authentication(lookup: Lookup<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    write_client_cert(lookup, &mut out);
    // The member stands alone here.
    out[0] = b'{';
    out.push(b'}');
    out
}
