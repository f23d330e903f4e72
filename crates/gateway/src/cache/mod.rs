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
use crate::cors;
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
    pub(crate) fn settle(
        self,
        core: &Core,
        outcome: Result<Answer, Refusal>,
        notes: &Notes,
    ) -> Result<Answer, Refusal> {
        let mut answer = match self.keeping {
            Some(keeping) => keeping.settle(core, outcome, notes)?,
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
    // Whoever fetches for everybody has sent all of its request: else a slow upload would keep the answer from everybody.
    if plan.key.reads_body() || is_upload(routed.verb, exchange.body_length()) {
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
        Outcome::Answer(mut answer) => {
            notes.cache_outcome.set(Some(CacheOutcome::Hit));
            if wish == Wish::Warned {
                answer.head.push(b"Warning", WARNING);
            }
            return Ok(Sought::Found(answer));
        }
        Outcome::Fetch(flight) => flight,
    };
    notes.cache_outcome.set(Some(CacheOutcome::Miss));
    let has_cors = routed.addressed.stage.deployment.cors.is_some();
    let keeping = flight.map(|flight| Box::new(plan.keeping(core, flight, has_cors)));
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

    fn keeping(&self, core: &Core, flight: Flight, has_cors: bool) -> Keeping {
        Keeping {
            flight,
            store: Arc::clone(&self.cache.store),
            ttl: Duration::from_secs(u64::from(self.settings.ttl_s)),
            cipher: self.settings.is_encrypted.then(|| Arc::clone(&core.cache.cipher)),
            limit_bytes: core.config.limits.cached_response_bytes,
            knows_codings: self.key.has_header("accept-encoding"),
            has_cors,
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
    if has_content(length) && routed.verb == Verb::Get && !plan.key.reads_body() {
        return Err("a GET with content, which is not part of the key");
    }
    let body = match payload.filter(|_| plan.key.reads_body()) {
        Some(payload) => Body::new(&payload.bytes).within(core.budgets.document()),
        None => Body::default(),
    };
    let lookup = Lookup { core, routed, notes, body: &body };
    key::key(lookup, plan.cache, plan.settings.is_encrypted, plan.key).map_err(|_nameless| "nobody can tell who calls")
}

fn has_content(length: BodyLength) -> bool {
    !matches!(length, BodyLength::None | BodyLength::Length(0))
}

/// Whether a request has content that is no reason to pass the cache by.
fn is_upload(verb: Verb, length: BodyLength) -> bool {
    verb != Verb::Get && has_content(length)
}

/// A request before the cache.
struct Seeking<'s> {
    core: &'s Core,
    routed: &'s Routed<'s>,
    plan: &'s Plan<'s>,
    key: CacheKey,
    notes: &'s Notes,
}

/// What comes of seeking.
enum Outcome {
    /// The answer.
    Answer(Answer),
    /// Nothing: the request fetches it for everybody, or without a flight for itself alone.
    Fetch(Option<Flight>),
}

impl Seeking<'_> {
    /// Looks the answer up, or waits for whoever fetches it.
    async fn seek<E: Exchange>(&self, exchange: &mut E, wish: Wish) -> Result<Outcome, Refusal> {
        let flights = &self.core.cache.flights;
        if wish == Wish::Granted {
            self.plan.cache.store.remove(&self.key);
            self.notes.explain("cache", format_args!("invalidated by Cache-Control: max-age=0"));
            return Ok(Outcome::Fetch(Some(flights.supersede(self.key))));
        }
        for _try in 0..TRIES {
            if let Some(answer) = self.stored()? {
                return Ok(Outcome::Answer(answer));
            }
            let waiting = match flights.join(self.key) {
                Part::Wait(waiting) => waiting,
                Part::Lead(flight) => {
                    // It may have come since: then the flight ends without having begun.
                    if let Some(answer) = self.stored()? {
                        return Ok(Outcome::Answer(answer));
                    }
                    let ttl_s = self.plan.settings.ttl_s;
                    self.notes.explain("cache", format_args!("miss; an answer is kept for {ttl_s} s"));
                    return Ok(Outcome::Fetch(Some(flight)));
                }
            };
            let (_watchdog, presence) = exchange.watched();
            match presence.during(async { Ok(waiting.outcome().await) }).await? {
                Waited::Landed(entry) => {
                    if let Some(answer) = self.read(&entry)? {
                        self.notes.explain("cache", format_args!("hit; another request has fetched it"));
                        return Ok(Outcome::Answer(answer));
                    }
                }
                Waited::Unshared => break,
                Waited::Slow(number) => {
                    if let Some(flight) = flights.overtake(self.key, number) {
                        self.notes.explain("cache", format_args!("miss; the one who fetches it is slow"));
                        return Ok(Outcome::Fetch(Some(flight)));
                    }
                }
                Waited::Lost => {}
            }
        }
        self.notes.explain("cache", format_args!("miss; beside another request for the same"));
        Ok(Outcome::Fetch(None))
    }

    /// The answer that is stored.
    fn stored(&self) -> Result<Option<Answer>, Refusal> {
        let Some(entry) = self.plan.cache.store.get(&self.key) else { return Ok(None) };
        let answer = self.read(&entry)?;
        if answer.is_some() {
            self.notes.explain("cache", format_args!("hit"));
        }
        Ok(answer)
    }

    /// The answer of an entry, and what browsers are told of it.
    fn read(&self, entry: &Arc<[u8]>) -> Result<Option<Answer>, Refusal> {
        let answer = if self.plan.settings.is_encrypted { self.opened(entry)? } else { self.shared(entry) };
        let addressed = &self.routed.addressed;
        Ok(answer.map(|mut answer| {
            if let Some(cors) = &addressed.stage.deployment.cors {
                cors::allow(cors, addressed.arrival, &mut answer.head);
            }
            answer
        }))
    }

    fn shared(&self, entry: &Arc<[u8]>) -> Option<Answer> {
        let (head, start) = entry::read(self.core, self.routed.addressed.arrival, entry)?;
        Some(Answer { head, content: Content::Shared(Arc::clone(entry), start) })
    }

    /// The answer of an entry that is ciphertext.
    fn opened(&self, entry: &[u8]) -> Result<Option<Answer>, Refusal> {
        let core = self.core;
        let mut permit = core.budgets.held();
        if !permit.hold(entry.len()) {
            return Err(Refusal::OverBudget);
        }
        let mut plain = core.buffers.take();
        let opened = core.cache.cipher.open(&self.key, entry, &mut plain).is_ok();
        let answer = opened.then(|| entry::read(core, self.routed.addressed.arrival, &plain)).flatten();
        let Some((head, start)) = answer else {
            core.buffers.give(plain);
            return Ok(None);
        };
        plain.drain(..start);
        Ok(Some(Answer { head, content: Content::Whole(plain, Some(permit)) }))
    }
}
