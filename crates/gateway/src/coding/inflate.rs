//! Inflating, step by step and never beyond a limit.

use flate2::{Decompress, FlushDecompress, Status};

use super::Coding;

/// The most that one step makes; what a step of it takes of a core's time is some ten microseconds.
const STEP_BYTES: usize = 16 * 1024;

/// Why content cannot be inflated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InflateError {
    /// It is not in its coding, breaks off, or goes on after its end.
    Malformed,
    /// It is longer than the limit once it is inflated.
    TooLong,
}

/// The stream of one request.
pub(crate) struct Inflater {
    stream: Decompress,
    limit_bytes: u64,
    is_done: bool,
}

impl std::fmt::Debug for Inflater {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Inflater").field("is_done", &self.is_done).finish_non_exhaustive()
    }
}

impl Inflater {
    /// A stream that gives at most so many bytes.
    pub(crate) fn new(coding: Coding, limit_bytes: u64) -> Self {
        let stream = match coding {
            Coding::Gzip => Decompress::new_gzip(15),
            Coding::Deflate => Decompress::new(true),
        };
        Self { stream, limit_bytes, is_done: false }
    }

    /// Takes from `input` what gives one step of output, which is appended to `out`; whether another step may give more.
    pub(crate) fn step(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<bool, InflateError> {
        if self.is_done {
            return if input.is_empty() { Ok(false) } else { Err(InflateError::Malformed) };
        }
        let mut made = [0; STEP_BYTES];
        let (read, written) = (self.stream.total_in(), self.stream.total_out());
        let status = self.stream.decompress(input, &mut made, FlushDecompress::None);
        let status = status.map_err(|_error| InflateError::Malformed)?;
        let read = usize::try_from(self.stream.total_in() - read).unwrap_or(input.len());
        let written = usize::try_from(self.stream.total_out() - written).unwrap_or(STEP_BYTES);
        if self.stream.total_out() > self.limit_bytes {
            return Err(InflateError::TooLong);
        }
        out.extend_from_slice(&made[..written]);
        *input = &input[read..];
        self.is_done = status == Status::StreamEnd;
        Ok(written == STEP_BYTES || (!input.is_empty() && (read > 0 || written > 0)))
    }

    /// Whether the content was complete.
    pub(crate) fn end(&self) -> Result<(), InflateError> {
        if self.is_done { Ok(()) } else { Err(InflateError::Malformed) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::deflate::compressed;
    use super::*;
    use crate::coding::Coding::{Deflate, Gzip};

    const LIMIT: u64 = 256 * 1024;

    fn inflated(coding: Coding, pieces: &[&[u8]], limit_bytes: u64) -> Result<Vec<u8>, InflateError> {
        let (mut inflater, mut out) = (Inflater::new(coding, limit_bytes), Vec::new());
        for mut piece in pieces.iter().copied() {
            while inflater.step(&mut piece, &mut out)? {}
        }
        inflater.end().map(|()| out)
    }

    #[test]
    fn a_bomb_is_refused_at_the_limit() {
        for coding in [Gzip, Deflate] {
            let bomb = compressed(coding, &[&vec![0; 8 * 1024 * 1024]]);
            assert!(bomb.len() < 64 * 1024, "{} bytes", bomb.len());
            let (mut inflater, mut out, mut input) = (Inflater::new(coding, LIMIT), Vec::new(), &bomb[..]);
            let end = loop {
                match inflater.step(&mut input, &mut out) {
                    Ok(more) => assert!(more, "the bomb went off"),
                    Err(error) => break error,
                }
            };
            assert_eq!(end, InflateError::TooLong);
            assert!(out.len() as u64 <= LIMIT && out.capacity() as u64 <= 2 * LIMIT, "{}", out.capacity());
        }
    }

    #[test]
    fn the_limit_itself_is_allowed() {
        let content = vec![7; usize::try_from(LIMIT).expect("a small number")];
        assert_eq!(inflated(Gzip, &[&compressed(Gzip, &[&content])], LIMIT).as_ref(), Ok(&content));
        assert_eq!(inflated(Gzip, &[&compressed(Gzip, &[&content])], LIMIT - 1), Err(InflateError::TooLong));
    }

    #[test]
    fn what_is_not_whole_is_refused() {
        let whole = compressed(Gzip, &[b"some content"]);
        for end in 0..whole.len() {
            assert_eq!(inflated(Gzip, &[&whole[..end]], LIMIT), Err(InflateError::Malformed), "{end}");
        }
        assert_eq!(inflated(Gzip, &[&whole, b"x"], LIMIT), Err(InflateError::Malformed));
        assert_eq!(inflated(Gzip, &[&[&whole[..], b"x"].concat()], LIMIT), Err(InflateError::Malformed));
        assert_eq!(inflated(Deflate, &[&whole], LIMIT), Err(InflateError::Malformed));
        assert_eq!(inflated(Gzip, &[b"some content"], LIMIT), Err(InflateError::Malformed));
        let mut wrong = whole;
        let last = wrong.len() - 5;
        wrong[last] ^= 1;
        assert_eq!(inflated(Gzip, &[&wrong], LIMIT), Err(InflateError::Malformed), "its checksum is wrong");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn pieces_of_any_length_give_the_content_back(
            content in prop::collection::vec(any::<u8>(), 0..2000), repeats in 1_usize..20, length in 1_usize..3000,
        ) {
            let content = content.repeat(repeats);
            for coding in [Gzip, Deflate] {
                let whole = compressed(coding, &[&content]);
                let pieces: Vec<&[u8]> = whole.chunks(length).collect();
                let given = inflated(coding, &pieces, LIMIT);
                prop_assert_eq!(given.as_ref(), Ok(&content));
            }
        }

        #[test]
        fn any_bytes_end(content in prop::collection::vec(any::<u8>(), 0..300), is_gzip in any::<bool>()) {
            let _ = inflated(if is_gzip { Gzip } else { Deflate }, &[&content], LIMIT);
        }
    }
}
