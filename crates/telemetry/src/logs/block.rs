//! Blocks: some events of one stream that were written at once, behind a head that says of which time they are.

use super::event::{MESSAGE_BYTES_MAX, NewEvent};

/// Bytes of a head.
pub(super) const HEAD_BYTES: usize = 44;
/// The most bytes of the events of one block.
pub(super) const CONTENT_BYTES_MAX: usize = MESSAGE_BYTES_MAX + 1024;
/// Bytes before each message: its time and its length.
const EVENT_HEAD_BYTES: usize = 12;

/// What a head says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BlockHead {
    /// The stream that the events are of.
    pub(super) stream: u32,
    /// How many they are.
    pub(super) count: u32,
    /// When they were written, in milliseconds since 1970.
    pub(super) ingested_ms: i64,
    /// The first moment of theirs.
    pub(super) first_ms: i64,
    /// The last.
    pub(super) last_ms: i64,
    /// Bytes of the events.
    pub(super) content_bytes: u32,
    /// Their checksum.
    checksum: u32,
}

impl BlockHead {
    /// Bytes of the whole block.
    pub(super) fn block_bytes(&self) -> u64 {
        u64::try_from(HEAD_BYTES).unwrap_or_default() + u64::from(self.content_bytes)
    }

    /// Appends the head with its own checksum.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&self.stream.to_le_bytes());
        out.extend_from_slice(&self.count.to_le_bytes());
        for moment in [self.ingested_ms, self.first_ms, self.last_ms] {
            out.extend_from_slice(&moment.to_le_bytes());
        }
        out.extend_from_slice(&self.content_bytes.to_le_bytes());
        out.extend_from_slice(&self.checksum.to_le_bytes());
        let checksum = crc32fast::hash(&out[start..]);
        out.extend_from_slice(&checksum.to_le_bytes());
    }

    /// Reads a head; `None` unless it is whole and of this form.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let head = bytes.get(..HEAD_BYTES)?;
        let (facts, checksum) = head.split_at(HEAD_BYTES - 4);
        if crc32fast::hash(facts).to_le_bytes() != checksum {
            return None;
        }
        let (mut words, mut rest) = ([0; 4], facts);
        let mut moments = [0; 3];
        for word in &mut words[..2] {
            (*word, rest) = word_of(rest)?;
        }
        for moment in &mut moments {
            let (bytes, tail) = rest.split_first_chunk()?;
            (*moment, rest) = (i64::from_le_bytes(*bytes), tail);
        }
        for word in &mut words[2..] {
            (*word, rest) = word_of(rest)?;
        }
        let [stream, count, content_bytes, checksum] = words;
        let [ingested_ms, first_ms, last_ms] = moments;
        let is_sound = content_bytes as usize <= CONTENT_BYTES_MAX && first_ms <= last_ms && count > 0;
        is_sound.then_some(Self { stream, count, ingested_ms, first_ms, last_ms, content_bytes, checksum })
    }

    /// Whether these are the events of the head.
    pub(super) fn is_of(&self, content: &[u8]) -> bool {
        content.len() == self.content_bytes as usize && crc32fast::hash(content) == self.checksum
    }
}

fn word_of(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (word, rest) = bytes.split_first_chunk()?;
    Some((u32::from_le_bytes(*word), rest))
}

/// A block of as many of the events as fit, and how many those are; `None` of no events.
pub(super) fn encode(stream: u32, events: &[NewEvent<'_>], ingested_ms: i64) -> Option<(BlockHead, Vec<u8>, usize)> {
    let mut content = Vec::new();
    let mut taken = 0;
    for event in events {
        let bytes = EVENT_HEAD_BYTES + event.message.len();
        if taken > 0 && content.len() + bytes > CONTENT_BYTES_MAX {
            break;
        }
        content.extend_from_slice(&event.timestamp_ms.to_le_bytes());
        let length = u32::try_from(event.message.len()).unwrap_or(u32::MAX);
        content.extend_from_slice(&length.to_le_bytes());
        content.extend_from_slice(event.message.as_bytes());
        taken += 1;
    }
    let moments = || events[..taken].iter().map(|event| event.timestamp_ms);
    let head = BlockHead {
        stream,
        count: u32::try_from(taken).ok()?,
        ingested_ms,
        first_ms: moments().min()?,
        last_ms: moments().max()?,
        content_bytes: u32::try_from(content.len()).ok()?,
        checksum: crc32fast::hash(&content),
    };
    let mut block = Vec::with_capacity(HEAD_BYTES + content.len());
    head.write(&mut block);
    block.extend_from_slice(&content);
    Some((head, block, taken))
}

/// The events of a block's content, each with its moment and message. Content that is not of this form has no more of them.
pub(super) fn events(content: &[u8]) -> impl Iterator<Item = (i64, &str)> {
    let mut rest = content;
    std::iter::from_fn(move || {
        let (moment, tail) = rest.split_first_chunk()?;
        let (length, tail) = word_of(tail)?;
        let (message, tail) = tail.split_at_checked(length as usize)?;
        rest = tail;
        Some((i64::from_le_bytes(*moment), std::str::from_utf8(message).ok()?))
    })
}
