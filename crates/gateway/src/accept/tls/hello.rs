//! Which host a client's hello names, and how that one is met.

use std::net::IpAddr;
use std::sync::Arc;

use stagegate_plan::Snapshot;
use stagegate_tls::{HostTls, SecurityPolicy};

use crate::address::{Addressee, addressee};
use crate::core::Core;

/// The host of a name in lower case, for a client with this address: a custom domain's, else the default certificate under the policy of the API that the name
/// is of, or under the usual one. `None` where there is no certificate at all.
pub(super) fn host_of(core: &Core, name: Option<&str>, client: IpAddr) -> Option<HostTls> {
    core.with_snapshot(|snapshot| {
        let domain = name.and_then(|name| custom(core, snapshot, name, client));
        let default = snapshot.default_tls.as_ref();
        domain
            .map(|host| HostTls::clone(&host))
            .or_else(|| default.map(|default| default.host(policy(snapshot, name, &core.config.suffix)).clone()))
    })
}

/// A name of a form of our own under the suffix that is served is never a custom domain's.
fn custom(core: &Core, snapshot: &Snapshot, name: &str, client: IpAddr) -> Option<Arc<HostTls>> {
    if matches!(addressee(name.as_bytes(), &core.config.suffix), Addressee::ExecuteApi(_) | Addressee::FunctionUrl(_)) {
        return None;
    }
    let endpoint = core.config.network.endpoint(client.to_canonical());
    let private = endpoint.and_then(|endpoint| snapshot.private_domain(name, &endpoint.id));
    private.or_else(|| snapshot.domain(name))?.tls.host.clone()
}

fn policy(snapshot: &Snapshot, name: Option<&str>, suffix: &str) -> &'static SecurityPolicy {
    let api = name.and_then(|name| match addressee(name.as_bytes(), suffix) {
        Addressee::ExecuteApi(host) => snapshot.api(host.id()).cloned(),
        _ => None,
    });
    api.map_or_else(SecurityPolicy::usual, |api| api.tls.policy)
}
