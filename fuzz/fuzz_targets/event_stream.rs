//! Event streams of Lambda: any bytes decode to messages or are refused, the same ones however they arrive.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[allow(dead_code, reason = "the decoder is private to the server: its file is part of this target")]
#[path = "../../crates/server/src/functions/event_stream.rs"]
mod event_stream;

use event_stream::{Decoder, Malformed, Message};

fn decoded<'d>(pieces: impl Iterator<Item = &'d [u8]>) -> (Vec<Message>, Option<Malformed>) {
    let (mut decoder, mut messages) = (Decoder::default(), Vec::new());
    for piece in pieces {
        decoder.push(piece);
        loop {
            match decoder.next() {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(error) => return (messages, Some(error)),
            }
        }
    }
    (messages, None)
}

/// The bytes as a message with right lengths and checksums, so that its headers are looked at.
fn framed(data: &[u8]) -> Option<Vec<u8>> {
    let (length, rest) = data.split_first()?;
    let headers = usize::from(*length).min(rest.len());
    let mut message = Vec::new();
    message.extend_from_slice(&u32::try_from(rest.len() + 16).ok()?.to_be_bytes());
    message.extend_from_slice(&u32::try_from(headers).ok()?.to_be_bytes());
    let checksum = crc32fast::hash(&message).to_be_bytes();
    message.extend_from_slice(&checksum);
    message.extend_from_slice(rest);
    let checksum = crc32fast::hash(&message).to_be_bytes();
    message.extend_from_slice(&checksum);
    Some(message)
}

fuzz_target!(|data: &[u8]| {
    for stream in [Some(data.to_vec()), framed(data)].into_iter().flatten() {
        let whole = decoded(std::iter::once(&*stream));
        assert_eq!(whole, decoded(stream.chunks(3)));
        assert!(whole.0.iter().map(|message| message.payload.len()).sum::<usize>() <= stream.len());
    }
});
