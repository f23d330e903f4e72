//! Frames: a length and a checksum before some bytes, so that what a crash tore is told from what is whole.

/// Bytes before the content: its length and its checksum, both little-endian.
pub(crate) const HEAD_BYTES: usize = 8;

/// Appends a frame.
pub(crate) fn write(content: &[u8], out: &mut Vec<u8>) {
    let length = u32::try_from(content.len()).expect("a frame is bounded by what is in it");
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&crc32fast::hash(content).to_le_bytes());
    out.extend_from_slice(content);
}

/// The frames at the beginning of some bytes that are whole, and how many bytes they are.
pub(crate) fn read(mut bytes: &[u8]) -> (Vec<&[u8]>, usize) {
    let (mut frames, mut whole_bytes) = (Vec::new(), 0);
    while let Some((content, rest)) = first(bytes) {
        frames.push(content);
        whole_bytes += bytes.len() - rest.len();
        bytes = rest;
    }
    (frames, whole_bytes)
}

fn first(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (head, rest) = bytes.split_at_checked(HEAD_BYTES)?;
    let (length, checksum) = head.split_at(4);
    let length = u32::from_le_bytes(length.try_into().ok()?);
    let (content, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    // A file that a crash left full of zeros would else read as frames without content.
    (!content.is_empty() && crc32fast::hash(content).to_le_bytes() == checksum).then_some((content, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn whole_frames_are_read_and_a_torn_one_is_not(
            contents in proptest::collection::vec(proptest::collection::vec(0..=255u8, 1..40), 0..8),
            torn in 0..400usize,
        ) {
            let mut bytes = Vec::new();
            let mut ends = Vec::new();
            for content in &contents {
                write(content, &mut bytes);
                ends.push(bytes.len());
            }
            let torn = torn.min(bytes.len());
            let (frames, whole_bytes) = read(&bytes[..torn]);
            let expected = ends.iter().filter(|end| **end <= torn).count();
            proptest::prop_assert_eq!(&frames[..], contents[..expected].iter().map(Vec::as_slice).collect::<Vec<_>>());
            proptest::prop_assert_eq!(whole_bytes, ends[..expected].last().copied().unwrap_or(0));
        }
    }

    #[test]
    fn zeros_are_no_frames() {
        assert_eq!(read(&[0; 64]), (Vec::new(), 0));
    }
}
