//! Sending a request whose content is at hand, with one retry.

use stagegate_http1::HeadLimits;
use stagegate_plan::{Endpoint, Verb};
use tokio::time::Instant;

use super::request::Request;
use super::{may_retry, refusal};
use crate::accept::Watchdog;
use crate::core::Core;
use crate::integrate::upstream::{Connection, Fault};
use crate::refusal::Refusal;

/// Limits of a back end's response head.
pub(super) fn limits(core: &Core) -> HeadLimits {
    let limits = &core.config.limits;
    HeadLimits { head_bytes: limits.response_head_bytes, fields: limits.response_header_fields }
}

/// Sends a request whose content is at hand, and receives the answer's head.
pub(in crate::integrate) async fn whole(
    core: &Core,
    watchdog: &mut Watchdog,
    endpoint: &Endpoint,
    request: &Request,
    deadline: Instant,
) -> Result<Box<Connection>, Refusal> {
    let mut connection = match core.pool.reuse(endpoint) {
        Some(connection) => connection,
        None => core.pool.connect(endpoint, deadline).await.map_err(refusal)?,
    };
    let Err(fault) = attempt(core, watchdog, &mut connection, request, deadline).await else { return Ok(connection) };
    if !may_retry(&connection, fault, request.verb.is_idempotent()) {
        return Err(refusal(fault));
    }
    core.counters.upstream_retries.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let mut connection = core.pool.connect(endpoint, deadline).await.map_err(refusal)?;
    attempt(core, watchdog, &mut connection, request, deadline).await.map_err(refusal)?;
    Ok(connection)
}

async fn attempt(
    core: &Core,
    watchdog: &mut Watchdog,
    connection: &mut Connection,
    request: &Request,
    deadline: Instant,
) -> Result<(), Fault> {
    connection.send(watchdog, &request.bytes, deadline).await?;
    connection.receive(watchdog, &limits(core), request.verb == Verb::Head, deadline).await
}
