//! State in process: token buckets by GCRA on one word each, quotas that are leased from a journal ahead of use, and remembered
//! answers.

mod cache;
mod checksum;
#[cfg(test)]
mod disk_faults;
mod gcra;
mod journal;
mod quotas;
mod record;
mod table;
mod word;

pub use cache::LocalCaches;
pub use gcra::LocalLimiter;
pub use journal::JournalError;
pub use quotas::LocalQuotas;
pub use record::{Read, Record, RecordError, read};
