//! Which host a client's hello names, and how that one is met.

use std::sync::Arc;

use stagegate_plan::Snapshot;
use stagegate_tls::{HostTls, SecurityPolicy};

use crate::address::{Addressee, addressee};
use crate::core::Core;

/// The host of a name in lower case: a custom domain's, else the default certificate under the policy of the API that the name
/// is of, or under the usual one. `None` where there is no certificate at all.
pub(super) fn host_of(core: &Core, name: Option<&str>) -> Option<HostTls> {
    core.with_snapshot(|snapshot| {
        let domain = name.and_then(|name| custom(snapshot, name, &core.config.suffix));
        let default = snapshot.default_tls.as_ref();
        domain
            .map(|host| HostTls::clone(&host))
            .or_else(|| default.map(|default| default.host(policy(snapshot, name, &core.config.suffix)).clone()))
    })
}

/// A name of a form of our own under the suffix that is served is never a custom domain's.
fn custom(snapshot: &Snapshot, name: &str, suffix: &str) -> Option<Arc<HostTls>> {
    if matches!(addressee(name.as_bytes(), suffix), Addressee::ExecuteApi(_) | Addressee::FunctionUrl(_)) {
        return None;
    }
    snapshot.domain(name)?.tls.host.clone()
}

fn policy(snapshot: &Snapshot, name: Option<&str>, suffix: &str) -> &'static SecurityPolicy {
    let api = name.and_then(|name| match addressee(name.as_bytes(), suffix) {
        Addressee::ExecuteApi(host) => snapshot.api(host.id()).cloned(),
        _ => None,
    });
    api.map_or_else(SecurityPolicy::usual, |api| api.tls.policy)
}
