//! Room 10: the response. Everything that leaves the gateway leaves through here.

mod compression;
mod refused;
mod reply;

use compression::Compression;
pub(crate) use compression::{compresses, held_bytes};
use refused::refused;
use reply::DATE;
pub(crate) use reply::{ReplyHead, canonical};

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use stagegate_plan::Envelope;
use tokio::time::Instant;

use crate::accept::{Arrival, ClientGone, Exchange, Permit, Watchdog};
use crate::coding::Compressor;
use crate::core::Core;
use crate::integrate::{FunctionBody, UpstreamBody};
use crate::observe::{Notes, configured_wrong, log_answer, log_refusal};
use crate::refusal::Refusal;
use crate::throttle::show_rates;

/// What a journey that was not refused ends with.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The head, complete but for its framing.
    pub(crate) head: ReplyHead,
    /// The content.
    pub(crate) content: Content,
}

/// The content of an answer.
#[derive(Debug)]
pub(crate) enum Content {
    /// All of it, with its share of the budget of held bytes.
    Whole(Vec<u8>, Option<Permit>),
    /// What has come so far, and where the rest comes from.
    Streamed(Box<UpstreamBody>),
    /// The same of a function.
    Function(Box<FunctionBody>),
    /// The rest of an entry of the response cache, from here on.
    Shared(Arc<[u8]>, usize),
}

impl Content {
    /// What has come of it so far.
    pub(crate) fn at_hand(&self) -> &[u8] {
        match self {
            Self::Whole(content, _held) => content,
            Self::Streamed(body) => body.piece(),
            Self::Function(body) => body.piece(),
            Self::Shared(entry, start) => entry.get(*start..).unwrap_or_default(),
        }
    }
}

/// Begins a response head with the fields that every response of the API has (facts A2 and H1).
pub(crate) fn begin(core: &Core, arrival: &Arrival<'_>, status: u16) -> ReplyHead {
    match arrival.ids.envelope() {
        Envelope::Amzn => {
            let mut head = begin_plain(core, arrival, status);
            head.push(b"x-amz-apigw-id", arrival.ids.extended());
            head
        }
        Envelope::Apigw => {
            let mut head = ReplyHead::begin_in(Envelope::Apigw, core.buffers.take(), status);
            head.push_with(DATE, |out| core.dates.http_date(arrival.wall, out));
            head
        }
    }
}

/// Ends the fields of an integration's answer: a type that nobody set, or the request id (facts 48 and H2).
fn end(arrival: &Arrival<'_>, head: &mut ReplyHead) {
    match head.envelope() {
        Envelope::Amzn => head.default_content_type(),
        Envelope::Apigw => head.push(b"Apigw-Requestid", arrival.ids.request()),
    }
}

/// Begins a response head with the fields that every response of AWS has.
pub(crate) fn begin_plain(core: &Core, arrival: &Arrival<'_>, status: u16) -> ReplyHead {
    let mut head = ReplyHead::begin(core.buffers.take(), status);
    head.push_with(DATE, |out| core.dates.http_date(arrival.wall, out));
    head.push(b"x-amzn-RequestId", arrival.ids.request());
    head
}

/// The answer of the health check of custom domain names (fact D9); its body is ours, since AWS's is not known.
pub(crate) fn healthy(core: &Core, arrival: &Arrival<'_>) -> Answer {
    let mut head = begin(core, arrival, 200);
    head.content_type_unless_set(b"text/plain");
    Answer { head, content: Content::Whole(b"healthy".to_vec(), None) }
}

/// Sends an answer.
pub(crate) async fn respond<E: Exchange>(
    core: &Core,
    exchange: &mut E,
    arrival: &Arrival<'_>,
    answer: Answer,
    notes: &Notes,
) {
    let Answer { mut head, content } = answer;
    log_answer(notes, &head, content.at_hand());
    end(arrival, &mut head);
    notes.status.set(head.status());
    show_rates(notes, &mut head);
    explain_answer(notes, &mut head);
    match content {
        Content::Whole(content, _held) => {
            if send_whole(core, exchange, arrival, head, &content, notes).await.is_err() {
                core.counters.aborted.fetch_add(1, Relaxed);
            }
            core.buffers.give(content);
        }
        Content::Shared(entry, start) => {
            let content = entry.get(start..).unwrap_or_default();
            if send_whole(core, exchange, arrival, head, content, notes).await.is_err() {
                core.counters.aborted.fetch_add(1, Relaxed);
            }
        }
        Content::Streamed(mut body) => {
            let compressor = begin_compression(core, arrival, notes, &mut head, &body);
            let streamed = stream(core, exchange, arrival, head, (&mut *body, compressor), notes).await;
            end_stream(core, exchange, arrival, streamed);
            core.buffers.give(body.into_buffer().0);
        }
        Content::Function(mut body) => {
            let streamed = stream(core, exchange, arrival, head, (&mut *body, None), notes).await;
            end_stream(core, exchange, arrival, streamed);
        }
    }
}

/// Sends content that is at hand, compressed where its client wants that.
async fn send_whole<E: Exchange>(
    core: &Core,
    exchange: &mut E,
    arrival: &Arrival<'_>,
    mut head: ReplyHead,
    content: &[u8],
    notes: &Notes,
) -> Result<(), ClientGone> {
    let length = head.announced_length.unwrap_or(content.len() as u64);
    let compression = Compression::of(arrival, notes, &head).and_then(|compression| compression.of_length(length));
    if let Some(compression) = compression.filter(|_| head.announced_length.is_some()) {
        // The answer to a HEAD whose content the back end has kept: how long it is when compressed nobody knows.
        compression.announce(&mut head);
        head.announced_length = None;
        exchange.send_head(head, None).await?;
        return exchange.finish().await;
    }
    let compressed = match compression {
        Some(compression) => compression.whole(core, content).await,
        None => None,
    };
    if let (Some(compression), Some(_)) = (compression, &compressed) {
        compression.announce(&mut head);
    }
    let sent = compressed.as_ref().map_or(content, |(compressed, _held)| compressed);
    if has_content(arrival, &head) {
        notes.response_bytes.set(sent.len() as u64);
    }
    let sent = exchange.send(head, sent).await;
    if let Some((spent, _held)) = compressed {
        core.buffers.give(spent);
    }
    sent
}

/// Begins to compress content that comes piece by piece, where its client wants that.
fn begin_compression(
    core: &Core,
    arrival: &Arrival<'_>,
    notes: &Notes,
    head: &mut ReplyHead,
    body: &UpstreamBody,
) -> Option<Compressor> {
    if body.is_streamed() {
        return None;
    }
    let length = body.length().unwrap_or(body.piece().len() as u64);
    let compression = Compression::of(arrival, notes, head)?.of_length(length)?;
    let compressor = compression.begin(core)?;
    compression.announce(head);
    Some(compressor)
}

/// Cuts a response off that broke, so that nobody takes it for complete.
fn end_stream<E: Exchange>(core: &Core, exchange: &mut E, arrival: &Arrival<'_>, streamed: Result<(), ClientGone>) {
    if streamed.is_err() {
        let id = String::from_utf8_lossy(arrival.ids.request());
        tracing::warn!(request_id = %id, "a response was cut off: its back end or its client went away, or a limit passed");
        core.counters.aborted.fetch_add(1, Relaxed);
        exchange.abort();
    }
}

/// Content that comes piece by piece.
trait Stream {
    /// The length to announce, when it is known.
    fn length(&self) -> Option<u64>;

    /// What was read and not yet taken by [`Self::next`].
    fn piece(&self) -> &[u8];

    /// Takes note of a piece that the client took between these moments; `false` when all of it has taken too long.
    fn taken(&mut self, began: Instant, ended: Instant) -> bool;

    /// Replaces the piece by the next one; `false` at the end, [`ClientGone`] where there will be none.
    async fn next(&mut self, core: &Core, watchdog: &mut Watchdog) -> Result<bool, ClientGone>;
}

impl Stream for UpstreamBody {
    fn length(&self) -> Option<u64> {
        self.length()
    }

    fn piece(&self) -> &[u8] {
        self.piece()
    }

    fn taken(&mut self, began: Instant, ended: Instant) -> bool {
        self.taken(began, ended)
    }

    async fn next(&mut self, core: &Core, watchdog: &mut Watchdog) -> Result<bool, ClientGone> {
        self.next(core, watchdog).await.map_err(|_fault| ClientGone)
    }
}

impl Stream for FunctionBody {
    fn length(&self) -> Option<u64> {
        None
    }

    fn piece(&self) -> &[u8] {
        self.piece()
    }

    fn taken(&mut self, began: Instant, ended: Instant) -> bool {
        self.taken(began, ended)
    }

    async fn next(&mut self, _core: &Core, watchdog: &mut Watchdog) -> Result<bool, ClientGone> {
        self.next(watchdog).await.map_err(|_error| ClientGone)
    }
}

/// Tells a caller who may ask what led to the answer.
fn explain_answer(notes: &Notes, head: &mut ReplyHead) {
    if let Some(explanation) = notes.explanation() {
        explanation.add("respond", format_args!("status {}", head.status()));
        explanation.write(head);
    }
}

/// Tells a caller who may ask why the request was refused.
fn explain_refusal(notes: &Notes, refusal: Refusal, head: &mut ReplyHead) {
    let Some(explanation) = notes.explanation() else { return };
    if let Refusal::Gateway(response, cause) = refusal {
        let why = notes.validation_error.get().map(|why| &**why).or_else(|| configured_wrong(notes, cause));
        let status = head.status();
        let (name, text) = (response.name(), cause.text());
        explanation.add("respond", format_args!("{name}; status {status}; {text}; {}", why.unwrap_or_default()));
    } else {
        explanation.add("respond", format_args!("status {}; {refusal:?}", head.status()));
    }
    explanation.write(head);
}

/// Statuses whose responses have no content, whatever a back end sends or a mapping says (RFC 9110 §6.4.1).
pub(crate) fn is_bodiless(status: u16) -> bool {
    matches!(status, 100..=199 | 204 | 304)
}

/// Whether the client gets content at all.
fn has_content(arrival: &Arrival<'_>, head: &ReplyHead) -> bool {
    arrival.head.method() != b"HEAD" && !is_bodiless(head.status())
}

/// Passes a response on as it comes.
async fn stream<E: Exchange>(
    core: &Core,
    exchange: &mut E,
    arrival: &Arrival<'_>,
    head: ReplyHead,
    (body, mut compressor): (&mut impl Stream, Option<Compressor>),
    notes: &Notes,
) -> Result<(), ClientGone> {
    let has_content = has_content(arrival, &head);
    exchange.send_head(head, body.length().filter(|_| compressor.is_none())).await?;
    if !has_content {
        return exchange.finish().await;
    }
    let mut compressed = Vec::new();
    loop {
        if let Some(compressor) = &mut compressor {
            compressed.clear();
            compressor.push(body.piece(), &mut compressed);
        }
        let piece = if compressor.is_some() { &compressed } else { body.piece() };
        let began = Instant::now();
        exchange.send_piece(piece).await?;
        notes.response_bytes.set(notes.response_bytes.get() + piece.len() as u64);
        if !body.taken(began, Instant::now()) {
            return Err(ClientGone);
        }
        let (watchdog, presence) = exchange.watched();
        let next = async { body.next(core, watchdog).await.map_err(|_gone| Refusal::ClientGone) };
        if !presence.during(next).await.map_err(|_refusal| ClientGone)? {
            break;
        }
    }
    if let Some(compressor) = &mut compressor {
        compressed.clear();
        compressor.finish(&mut compressed);
        exchange.send_piece(&compressed).await?;
        notes.response_bytes.set(notes.response_bytes.get() + compressed.len() as u64);
    }
    exchange.finish().await
}

/// Answers a refusal with its gateway response.
pub(crate) async fn respond_refusal<E: Exchange>(
    core: &Core,
    exchange: &mut E,
    arrival: &Arrival<'_>,
    refusal: Refusal,
    notes: &Notes,
) {
    let wording = refusal.wording(notes.envelope());
    notes.refusal.set(Some(refusal));
    notes.status.set(wording.status);
    if refusal == Refusal::ClientGone {
        return exchange.abort();
    }
    let (mut head, body) = refused(core, arrival, notes, refusal, &wording);
    notes.status.set(head.status());
    show_rates(notes, &mut head);
    explain_refusal(notes, refusal, &mut head);
    log_refusal(notes, refusal, head.status());
    if has_content(arrival, &head) {
        notes.response_bytes.set(body.len() as u64);
    }
    if refusal.closes() {
        exchange.close_after();
        if refusal == Refusal::OverBudget {
            core.crowd.refused();
        }
    }
    if exchange.send(head, &body).await.is_err() {
        core.counters.aborted.fetch_add(1, Relaxed);
    }
}

/// What a client sees of a trace header: its Root.
pub(crate) fn trace_root(trace: &[u8]) -> &[u8] {
    trace.split(|byte| *byte == b';').next().unwrap_or_default()
}
