//! Room 8: the response cache: an answer that is remembered, or one request that fetches it for everybody who asks meanwhile.

mod entry;
mod flight;
mod invalidate;
mod keep;
mod key;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use stagegate_http1::BodyLength;
use stagegate_mapping::Body;
use stagegate_plan::{CacheKeyPlan, CacheOutcome, CacheSettings, RouteId, StageCache, StagePlan, Verb};
use stagegate_state::CacheKey;

use crate::accept::{Exchange, Payload, Want, gather};
use crate::core::Core;
use crate::integrate::Lookup;
use crate::observe::Notes;
use crate::refusal::Refusal;
use crate::respond::{Answer, Content};
use crate::route::Routed;
use crate::validate::Validated;

use entry::EntryCipher;
use flight::{Flight, Flights, Part, Waited};
use invalidate::{WARNING, Wish, wish};
use keep::Keeping;
pub(crate) use keep::Tee;

/// How often a request that waits for others in vain looks again.
const TRIES: usize = 3;

/// What the room has, for all cores.
#[derive(Debug, Clone)]
pub(crate) struct CacheRoom {
    flights: Arc<Flights>,
    cipher: Arc<EntryCipher>,
}

impl CacheRoom {
    /// Nothing is under way, and nobody has the key.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub(crate) fn new() -> io::Result<Self> {
        let cipher = EntryCipher::random().map_err(|_| io::Error::other("the system gives no randomness"))?;
        Ok(Self { flights: Flights::new(), cipher: Arc::new(cipher) })
    }
}

/// What the room has for a request.
#[derive(Debug)]
pub(crate) enum Sought<'j> {
    /// The answer.
    Found(Answer),
    /// Nothing.
    Missed(Missed<'j>, Fetch),
}

/// A request that the cache does not answer.
#[derive(Debug)]
pub(crate) struct Missed<'j> {
    validated: Validated<'j>,
}

impl<'j> Missed<'j> {
    /// The request with its route, and its content if a room has read it.
    pub(crate) fn into_parts(self) -> (Routed<'j>, Option<Payload>) {
        (self.validated.admitted.authorized.routed, self.validated.payload)
    }
}

/// What is to be done with the answer that the integration gives.
#[derive(Debug, Default)]
pub(crate) struct Fetch {
    keeping: Option<Box<Keeping>>,
    is_warned: bool,
}

impl Fetch {
    /// Keeps the answer for others where it is to be kept. Costs nothing where nothing is cached.
    pub(crate) fn settle(self, core: &Core, outcome: Result<Answer, Refusal>) -> Result<Answer, Refusal> {
        let mut answer = match self.keeping {
            Some(keeping) => keeping.settle(core, outcome)?,
            None => outcome?,
        };
        if self.is_warned {
            answer.head.push(b"Warning", WARNING);
        }
        Ok(answer)
    }
}

/// Looks a request up. Whoever gets here is authorized, and within every limit.
pub(crate) async fn look_up<'j, E: Exchange>(
    core: &Core,
    exchange: &mut E,
    mut validated: Validated<'j>,
    notes: &Notes,
) -> Result<Sought<'j>, Refusal> {
    let routed = &validated.admitted.authorized.routed;
    let Some(plan) = Plan::of(routed.addressed.stage, routed.id, routed.verb, routed.route.cache_key.as_ref()) else {
        return Ok(Sought::Missed(Missed { validated }, Fetch::default()));
    };
    let wish = wish(routed, plan.settings.invalidation, notes)?;
    if plan.key.reads_body() {
        validated.payload = Some(gather(core, exchange, validated.payload.take(), Want::Whole).await?);
    }
    let routed = &validated.admitted.authorized.routed;
    let key = match key_of(core, routed, &plan, validated.payload.as_ref(), exchange.body_length(), notes) {
        Ok(key) => key,
        Err(why) => {
            notes.explain("cache", format_args!("passed by: {why}"));
            notes.cache_outcome.set(Some(CacheOutcome::Miss));
            return Ok(Sought::Missed(Missed { validated }, Fetch { keeping: None, is_warned: wish == Wish::Warned }));
        }
    };
    let seeking = Seeking { core, routed, plan: &plan, key, notes };
    let flight = match seeking.seek(exchange, wish).await? {
        Ok(mut answer) => {
            notes.cache_outcome.set(Some(CacheOutcome::Hit));
            if wish == Wish::Warned {
                answer.head.push(b"Warning", WARNING);
            }
            return Ok(Sought::Found(answer));
        }
        Err(flight) => flight,
    };
    notes.cache_outcome.set(Some(CacheOutcome::Miss));
    let keeping = flight.map(|flight| Box::new(plan.keeping(core, flight)));
    Ok(Sought::Missed(Missed { validated }, Fetch { keeping, is_warned: wish == Wish::Warned }))
}

/// How a request is cached.
struct Plan<'p> {
    cache: &'p StageCache,
    settings: &'p CacheSettings,
    key: &'p CacheKeyPlan,
}

impl<'p> Plan<'p> {
    fn of(stage: &'p StagePlan, route: RouteId, verb: Verb, key: Option<&'p CacheKeyPlan>) -> Option<Self> {
        let cache = stage.cache.as_ref()?;
        Some(Self { cache, settings: cache.of(route, verb)?, key: key? })
    }

    fn keeping(&self, core: &Core, flight: Flight) -> Keeping {
        Keeping {
            flight,
            store: Arc::clone(&self.cache.store),
            ttl: Duration::from_secs(u64::from(self.settings.ttl_s)),
            cipher: self.settings.is_encrypted.then(|| Arc::clone(&core.cache.cipher)),
            limit_bytes: core.config.limits.cached_response_bytes,
            knows_codings: self.key.has_header("accept-encoding"),
        }
    }
}

/// The key of a request, or why it neither reads nor fills the cache.
fn key_of(
    core: &Core,
    routed: &Routed<'_>,
    plan: &Plan<'_>,
    payload: Option<&Payload>,
    length: BodyLength,
    notes: &Notes,
) -> Result<CacheKey, &'static str> {
    if routed.addressed.arrival.head.method() != routed.verb.as_str().as_bytes() {
        return Err("its method is overridden");
    }
    let has_content = !matches!(length, BodyLength::None | BodyLength::Length(0));
    if has_content && routed.verb == Verb::Get && !plan.key.reads_body() {
        return Err("a GET with content, which is not part of the key");
    }
    let bytes = payload.map_or(&b""[..], |payload| &payload.bytes);
    let body = Body::new(bytes).within(core.budgets.document());
    let lookup = Lookup { core, routed, notes, body: &body };
    key::key(lookup, plan.cache, plan.settings, plan.key).map_err(|_nameless| "nobody can tell who calls")
}

/// A request before the cache.
struct Seeking<'s> {
    core: &'s Core,
    routed: &'s Routed<'s>,
    plan: &'s Plan<'s>,
    key: CacheKey,
    notes: &'s Notes,
}

impl Seeking<'_> {
    /// The answer; or the fetch that the request makes for everybody, or makes for itself alone.
    async fn seek<E: Exchange>(&self, exchange: &mut E, wish: Wish) -> Result<Result<Answer, Option<Flight>>, Refusal> {
        let (store, flights) = (&self.plan.cache.store, &self.core.cache.flights);
        if wish == Wish::Granted {
            store.remove(&self.key);
            self.notes.explain("cache", format_args!("invalidated by Cache-Control: max-age=0"));
            return Ok(Err(Some(flights.supersede(self.key))));
        }
        for _try in 0..TRIES {
            if let Some(answer) = self.stored()? {
                self.notes.explain("cache", format_args!("hit"));
                return Ok(Ok(answer));
            }
            let waiting = match flights.join(self.key) {
                Part::Lead(flight) => {
                    // It may have come since: then the flight ends without having begun.
                    if let Some(answer) = self.stored()? {
                        return Ok(Ok(answer));
                    }
                    let ttl_s = self.plan.settings.ttl_s;
                    self.notes.explain("cache", format_args!("miss; an answer is kept for {ttl_s} s"));
                    return Ok(Err(Some(flight)));
                }
                Part::Wait(waiting) => waiting,
            };
            let (_watchdog, presence) = exchange.watched();
            match presence.during(async { Ok(waiting.outcome().await) }).await? {
                Waited::Landed(entry) => {
                    if let Some(answer) = self.read(&entry)? {
                        self.notes.explain("cache", format_args!("hit; another request has fetched it"));
                        return Ok(Ok(answer));
                    }
                }
                Waited::Unshared => break,
                Waited::Lost => {}
            }
        }
        self.notes.explain("cache", format_args!("miss; beside another request for the same"));
        Ok(Err(None))
    }

    fn stored(&self) -> Result<Option<Answer>, Refusal> {
        self.plan.cache.store.get(&self.key).map_or(Ok(None), |entry| self.read(&entry))
    }

    /// The answer of an entry.
    fn read(&self, entry: &Arc<[u8]>) -> Result<Option<Answer>, Refusal> {
        let (core, arrival) = (self.core, self.routed.addressed.arrival);
        if !self.plan.settings.is_encrypted {
            let read = entry::read(core, arrival, entry);
            return Ok(read.map(|(head, start)| Answer { head, content: Content::Shared(Arc::clone(entry), start) }));
        }
        let mut held = core.budgets.held();
        if !held.hold(entry.len()) {
            return Err(Refusal::OverBudget);
        }
        let mut plain = core.buffers.take();
        let opened = core.cache.cipher.open(&self.key, entry, &mut plain).is_ok();
        let Some((head, start)) = opened.then(|| entry::read(core, arrival, &plain)).flatten() else {
            core.buffers.give(plain);
            return Ok(None);
        };
        plain.drain(..start);
        Ok(Some(Answer { head, content: Content::Whole(plain, Some(held)) }))
    }
}
