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

fn crc32(bytes: &[u8]) -> [u8; 4] {
    let step = |crc: u32, _| if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
    let crc = bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step));
    (!crc).to_be_bytes()
}

/// The bytes as a message with right lengths and checksums, so that its headers are looked at.
fn framed(data: &[u8]) -> Option<Vec<u8>> {
    let (length, rest) = data.split_first()?;
    let headers = usize::from(*length).min(rest.len());
    let mut message = Vec::new();
    message.extend_from_slice(&u32::try_from(rest.len() + 16).ok()?.to_be_bytes());
    message.extend_from_slice(&u32::try_from(headers).ok()?.to_be_bytes());
    message.extend_from_slice(&crc32(&message));
    message.extend_from_slice(rest);
    message.extend_from_slice(&crc32(&message));
    Some(message)
}

fuzz_target!(|data: &[u8]| {
    for stream in [Some(data.to_vec()), framed(data)].into_iter().flatten() {
        let whole = decoded(std::iter::once(&*stream));
        assert_eq!(whole, decoded(stream.chunks(3)));
        assert!(whole.0.iter().map(|message| message.payload.len()).sum::<usize>() <= stream.len());
    }
});
