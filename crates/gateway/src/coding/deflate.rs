//! Compressing, piece by piece.

use flate2::{Compress, Compression, FlushCompress, Status};

use super::Coding;
use crate::accept::Permit;
use crate::core::Core;

/// Fast rather than small: a core that compresses serves nobody else meanwhile.
const LEVEL: u32 = 4;
/// What the window of 32 KiB and its tables take, counted among the bytes held.
const STATE_BYTES: usize = 280 * 1024;
/// Room made for output at a time.
const STEP_BYTES: usize = 16 * 1024;

/// The stream of one answer.
pub(crate) struct Compressor {
    stream: Compress,
    permit: Permit,
}

impl std::fmt::Debug for Compressor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Compressor").field("made", &self.stream.total_out()).finish_non_exhaustive()
    }
}

impl Compressor {
    /// A fresh stream; `None` where the budget of held bytes has no room for it.
    pub(crate) fn new(core: &Core, coding: Coding) -> Option<Self> {
        let mut permit = core.budgets.held();
        permit.grow_to(STATE_BYTES).then(|| Self { stream: stream(coding), permit })
    }

    /// Counts output that is held beside the stream; `false` when it is too much.
    pub(crate) fn hold(&mut self, output_bytes: usize) -> bool {
        self.permit.grow_to(STATE_BYTES + output_bytes)
    }

    /// Takes content; whatever is ready of it is appended to `out`.
    pub(crate) fn push(&mut self, content: &[u8], out: &mut Vec<u8>) {
        run(&mut self.stream, content, FlushCompress::None, out);
    }

    /// Appends the rest.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) {
        run(&mut self.stream, b"", FlushCompress::Finish, out);
    }
}

/// The windows of both codings have the 15 bits that every client can read.
fn stream(coding: Coding) -> Compress {
    match coding {
        Coding::Gzip => Compress::new_gzip(Compression::new(LEVEL), 15),
        Coding::Deflate => Compress::new(Compression::new(LEVEL), true),
    }
}

fn run(stream: &mut Compress, mut input: &[u8], flush: FlushCompress, out: &mut Vec<u8>) {
    loop {
        out.reserve(STEP_BYTES);
        let before = stream.total_in();
        let status = stream.compress_vec(input, out, flush).expect("a stream that was not finished takes any content");
        let taken = usize::try_from(stream.total_in() - before).unwrap_or(input.len());
        input = &input[taken..];
        let is_done = match flush {
            FlushCompress::Finish => status == Status::StreamEnd,
            _ => input.is_empty(),
        };
        if is_done {
            return;
        }
    }
}

#[cfg(test)]
pub(super) fn compressed(coding: Coding, pieces: &[&[u8]]) -> Vec<u8> {
    let (mut stream, mut out) = (stream(coding), Vec::new());
    for piece in pieces {
        run(&mut stream, piece, FlushCompress::None, &mut out);
    }
    run(&mut stream, b"", FlushCompress::Finish, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::{GzDecoder, ZlibDecoder};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn a_client_reads_what_was_compressed(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..1000), 0..6),
            repeats in 1_usize..40,
        ) {
            let pieces: Vec<Vec<u8>> = pieces.into_iter().map(|piece| piece.repeat(repeats)).collect();
            let borrowed: Vec<&[u8]> = pieces.iter().map(|piece| &**piece).collect();
            let (mut gzip, mut deflate) = (Vec::new(), Vec::new());
            GzDecoder::new(&compressed(Coding::Gzip, &borrowed)[..]).read_to_end(&mut gzip).expect("gzip");
            ZlibDecoder::new(&compressed(Coding::Deflate, &borrowed)[..]).read_to_end(&mut deflate).expect("zlib");
            prop_assert!(gzip == pieces.concat() && deflate == pieces.concat());
        }
    }
}
