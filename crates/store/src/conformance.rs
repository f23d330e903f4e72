//! The conformance suite of [`crate::Store`]: one behaviour per test, run against every engine.
