//! Telemetry on disk: bounded stores of what was logged and measured, written by one and read by many.

mod frame;
pub mod logs;
pub mod metrics;
