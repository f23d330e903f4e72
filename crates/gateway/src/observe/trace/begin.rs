//! Decides whether a request is traced, once, when its stage is known.

use stagegate_plan::{StagePlan, TraceId};

use super::header;
use super::incoming::Incoming;
use super::recording::Recording;
use super::rule::{Sampled, SamplingRequest};
use crate::accept::Arrival;
use crate::core::Core;
use crate::observe::Notes;

/// Begins the trace of a request to a stage, if it is to have one.
///
/// A stage with `tracingEnabled` samples; any other is traced only where the caller has decided so (fact L21).
pub(crate) fn begin(core: &Core, arrival: &Arrival<'_>, stage: &StagePlan, notes: &Notes) {
    let Some(config) = &core.config.traces else { return };
    let incoming = Incoming::read(arrival.head, &config.propagation);
    let is_active = stage.is_traced || config.is_everywhere;
    let decided = incoming.and_then(|incoming| incoming.decision).filter(|_| config.follows_clients);
    let chosen = match decided {
        Some(true) => Sampled::Yes(None),
        Some(false) => Sampled::No,
        None if is_active => {
            // The service is named as in segments: `{api name}/{stage}` (fact L21).
            let asked = SamplingRequest {
                api: &stage.api.name,
                stage: &stage.name,
                arn: &|| stage.arn(),
                host: arrival.head.host(),
                method: arrival.head.method(),
                path: arrival.head.path(),
            };
            config.sampler.decide(&asked, arrival.wall.epoch_s(), core.ids.unit())
        }
        None => return,
    };
    let Sampled::Yes(rule) = chosen else {
        return notes.trace.leave_out();
    };
    notes.trace.record(Recording::new(
        incoming.map_or_else(|| TraceId::fresh(arrival.wall.epoch_s(), core.ids.long_number()), |it| it.trace_id),
        incoming.and_then(|incoming| incoming.parent_id),
        incoming.is_some_and(|incoming| incoming.is_random),
        header::state(arrival.head, &config.propagation, incoming.map(|incoming| incoming.trace_id)),
        [core.ids.span(), core.ids.span(), core.ids.span()],
        rule,
    ));
}
