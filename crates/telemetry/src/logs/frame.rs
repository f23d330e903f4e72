//! Frames: a length and a checksum before some bytes, so that what a crash tore is told from what is whole.
