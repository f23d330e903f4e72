//! What the rooms note about a request on its way, for metrics and logs.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};
use std::fmt;
use std::sync::Arc;

use stagegate_http1::ResponseHead;
use stagegate_plan::{ApiPlan, CacheOutcome, Captures, Envelope, FunctionUrlPlan, Paths, RouteId, StagePlan};

use super::execution_log::ExecutionLog;
use super::explanation::Explanation;
use super::phase::Phases;
use super::trace::TraceNotes;
use crate::accept::Arrival;
use crate::authorize::Caller;
use crate::integrate::Overrides;
use crate::refusal::Refusal;
use crate::throttle::RateNote;

/// What is known of the integration once it was called.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IntegrationNote {
    /// The back end's status, when it gave one.
    pub(crate) status: Option<u16>,
    /// From the call to the end of what was waited for.
    pub(crate) latency_us: u64,
}

/// The notes of one request.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    envelope: Cell<Envelope>,
    stage: OnceCell<Arc<StagePlan>>,
    function_url: OnceCell<Arc<FunctionUrlPlan>>,
    /// The route that was found.
    pub(crate) route: Cell<Option<RouteId>>,
    /// The status that was sent.
    pub(crate) status: Cell<u16>,
    /// Content bytes sent to the client.
    pub(crate) response_bytes: Cell<u64>,
    /// Why the request was refused, if it was.
    pub(crate) refusal: Cell<Option<Refusal>>,
    /// The integration, if it was called.
    pub(crate) integration: Cell<Option<IntegrationNote>>,
    /// What is known of the request's trace.
    pub(crate) trace: TraceNotes,
    /// The request id that Lambda gave the invocation.
    pub(crate) endpoint_request_id: OnceCell<Box<str>>,
    /// The second id of a back end at AWS.
    pub(crate) endpoint_request_id_2: OnceCell<Box<str>>,
    /// The status that a function asked for.
    pub(crate) function_status: Cell<Option<u16>>,
    /// Bytes of all that a function said, its envelope included (fact H58).
    pub(crate) endpoint_bytes: Cell<Option<u64>>,
    /// What the response cache had, where it was asked.
    pub(crate) cache_outcome: Cell<Option<CacheOutcome>>,
    /// From arrival to the end of the response.
    pub(crate) latency_us: Cell<u64>,
    /// The message of the refusal, where the request decides it.
    pub(crate) message: OnceCell<Box<str>>,
    /// `www-authenticate` of the refusal.
    pub(crate) challenge: OnceCell<Box<str>>,
    /// What the validator found, for `$context.error.validationErrorString`.
    pub(crate) validation_error: OnceCell<Box<str>>,
    /// The value of the caller's API key.
    pub(crate) api_key: OnceCell<Box<str>>,
    /// Its id.
    pub(crate) api_key_id: OnceCell<Box<str>>,
    /// How the caller's limits stand, where answers say so.
    pub(crate) rate: Cell<Option<RateNote>>,
    /// What room `authorize` did, for access logs.
    pub(crate) phases: Phases,
    captures: OnceCell<Captures>,
    paths: Cell<Paths>,
    /// The request's path, where its API reads it otherwise than as it was sent.
    decoded_path: OnceCell<Box<[u8]>>,
    /// Where the path below the stage begins in the request's path.
    below_stage: Cell<usize>,
    base_path: OnceCell<Arc<str>>,
    execution_log: OnceCell<Box<ExecutionLog>>,
    explanation: OnceCell<Box<Explanation>>,
    overrides: OnceCell<Overrides>,
    caller: OnceCell<Caller>,
}

impl Notes {
    /// Bytes of what the back end said (fact H58).
    pub(crate) fn processed_bytes(&self) -> u64 {
        self.endpoint_bytes.get().unwrap_or_else(|| self.response_bytes.get())
    }

    /// Keeps the request ids that a back end at AWS gave.
    pub(crate) fn enter_endpoint_ids(&self, head: &ResponseHead) {
        for field in head.fields().filter(|field| !field.value.is_empty()) {
            let is = |names: &[&str]| names.iter().any(|name| field.name.eq_ignore_ascii_case(name.as_bytes()));
            let slot = if is(&["x-amzn-requestid", "x-amz-request-id"]) {
                &self.endpoint_request_id
            } else if is(&["x-amz-id-2"]) {
                &self.endpoint_request_id_2
            } else {
                continue;
            };
            slot.get_or_init(|| String::from_utf8_lossy(field.value).into());
        }
    }

    /// Keeps the function URL for the rest of the journey.
    pub(crate) fn enter_function_url(&self, url: Arc<FunctionUrlPlan>) -> &FunctionUrlPlan {
        self.function_url.get_or_init(|| url)
    }

    /// The function URL, if the request came by one.
    pub(crate) fn function_url(&self) -> Option<&FunctionUrlPlan> {
        self.function_url.get().map(|url| &**url)
    }

    /// Keeps who calls.
    pub(crate) fn enter_caller(&self, caller: Caller) {
        self.caller.get_or_init(|| caller);
    }

    /// Who calls, once the room `authorize` let them in.
    pub(crate) fn caller(&self) -> Option<&Caller> {
        self.caller.get()
    }

    /// Opens the execution log; rooms write into it from here on.
    pub(crate) fn open_log(&self, log: ExecutionLog) {
        self.execution_log.get_or_init(|| Box::new(log));
    }

    /// The execution log, where the request has one.
    pub(crate) fn execution_log(&self) -> Option<&ExecutionLog> {
        self.execution_log.get().map(|log| &**log)
    }

    /// Lets the rooms give their reasons from here on.
    pub(crate) fn open_explanation(&self) {
        self.explanation.get_or_init(Box::default);
    }

    /// The reasons, where the caller asked for them.
    pub(crate) fn explanation(&self) -> Option<&Explanation> {
        self.explanation.get().map(|explanation| &**explanation)
    }

    /// Gives a room's reason; costs one look at an empty cell where nobody asked.
    pub(crate) fn explain(&self, room: &str, text: fmt::Arguments<'_>) {
        if let Some(explanation) = self.explanation() {
            explanation.add(room, text);
        }
    }

    /// Keeps how the API answers that the request is for, as soon as that is known, and reads the path as it does.
    pub(crate) fn enter_api<'j>(&'j self, arrival: &'j Arrival<'_>, api: &ApiPlan) -> &'j [u8] {
        self.envelope.set(api.facts.envelope);
        arrival.ids.answer_in(api.facts.envelope);
        self.paths.set(api.paths);
        if let Cow::Owned(decoded) = api.paths.read(arrival.head.path()) {
            self.decoded_path.get_or_init(|| decoded.into());
        }
        self.path(arrival)
    }

    /// Whether the API reads its paths decoded.
    pub(crate) fn reads_decoded(&self) -> bool {
        self.paths.get() == Paths::Decoded
    }

    /// The request's path, stage or base path included, as its API reads it.
    pub(crate) fn path<'a>(&'a self, arrival: &'a Arrival<'_>) -> &'a [u8] {
        self.decoded_path.get().map_or(arrival.head.path(), |path| &**path)
    }

    /// The message of the refusal where the request decides it, if callers are told more than the words of the refusal.
    pub(crate) fn told(&self) -> Option<&str> {
        match self.envelope() {
            Envelope::Amzn => self.message.get().map(|message| &**message),
            Envelope::Apigw => None,
        }
    }

    /// How answers look.
    pub(crate) fn envelope(&self) -> Envelope {
        self.envelope.get()
    }

    /// Keeps the stage for the rest of the journey: a new snapshot changes nothing for a request that is under way.
    pub(crate) fn enter_stage(&self, stage: Arc<StagePlan>) -> &StagePlan {
        self.stage.get_or_init(|| stage)
    }

    /// Keeps where the path below the stage begins in the request's path.
    pub(crate) fn enter_path(&self, arrival: &Arrival<'_>, path: &[u8]) {
        // A slash that was not sent stands for an empty rest, of which no route captures anything.
        self.below_stage.set(self.path(arrival).len().saturating_sub(path.len()));
    }

    /// Keeps the base path of the custom domain name that took the request.
    pub(crate) fn enter_base_path(&self, base_path: Arc<str>) {
        self.base_path.get_or_init(|| base_path);
    }

    /// The base path of the custom domain name that took the request.
    pub(crate) fn base_path(&self) -> Option<&str> {
        self.base_path.get().map(|base_path| &**base_path)
    }

    /// Keeps the route that was found, and what its path captured.
    pub(crate) fn enter_route(&self, route: RouteId, captures: &Captures) {
        self.route.set(Some(route));
        self.captures.get_or_init(|| captures.clone());
    }

    /// A path parameter's value, once the route is known, as the API reads its paths (facts 31 and H17).
    pub(crate) fn parameter<'a>(&'a self, arrival: &'a Arrival<'_>, name: &str) -> Option<&'a [u8]> {
        let route = self.stage()?.deployment.route(self.route.get()?)?;
        let index = route.parameters.iter().position(|parameter| **parameter == *name)?;
        let range = self.captures.get()?.get(index)?;
        self.path(arrival).get(self.below_stage.get()..)?.get(range.start as usize..range.end as usize)
    }

    /// What templates override, from the first one that can.
    pub(crate) fn overrides(&self) -> &Overrides {
        self.overrides.get_or_init(Overrides::default)
    }

    /// What templates override, if one could.
    pub(crate) fn set_overrides(&self) -> Option<&Overrides> {
        self.overrides.get()
    }

    /// The same stage, to be kept beyond the request.
    pub(crate) fn shared_stage(&self) -> Option<&Arc<StagePlan>> {
        self.stage.get()
    }

    /// The stage, once it is known.
    pub(crate) fn stage(&self) -> Option<&StagePlan> {
        self.stage.get().map(|stage| &**stage)
    }
}
