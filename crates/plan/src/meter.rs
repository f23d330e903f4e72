//! Counters of one stage: plain atomics that outlive the plan, so that a deployment resets nothing.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Upper bounds of the latency histograms' buckets, in milliseconds; one more bucket counts what is slower.
pub const LATENCY_BUCKETS_MS: [u64; 14] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 29_000];

/// A latency distribution.
#[derive(Debug, Default)]
pub struct LatencyHistogram {
    /// Requests per bucket of [`LATENCY_BUCKETS_MS`], not cumulative; the last is everything slower.
    pub buckets: [AtomicU64; LATENCY_BUCKETS_MS.len() + 1],
    /// The sum of all latencies, in microseconds.
    pub sum_us: AtomicU64,
}

impl LatencyHistogram {
    /// Counts one latency.
    pub fn observe_us(&self, latency_us: u64) {
        let bucket =
            LATENCY_BUCKETS_MS.iter().position(|bound| latency_us <= bound * 1000).unwrap_or(LATENCY_BUCKETS_MS.len());
        self.buckets[bucket].fetch_add(1, Relaxed);
        self.sum_us.fetch_add(latency_us, Relaxed);
    }

    /// How many latencies were counted.
    pub fn count(&self) -> u64 {
        self.buckets.iter().map(|bucket| bucket.load(Relaxed)).sum()
    }
}

/// What AWS counts for a stage (fact M1); `Count` is the latency histogram's count.
#[derive(Debug, Default)]
pub struct StageMeter {
    /// `4XXError`
    pub client_errors: AtomicU64,
    /// `5XXError`
    pub server_errors: AtomicU64,
    /// `Latency`: from the request's head to the end of its response.
    pub latency: LatencyHistogram,
    /// `IntegrationLatency`
    pub integration_latency: LatencyHistogram,
    /// `CacheHitCount`: requests that the response cache answered (fact C9).
    pub cache_hits: AtomicU64,
    /// `CacheMissCount`: requests that went to the back end while caching is on for their method (fact C9).
    pub cache_misses: AtomicU64,
}

impl StageMeter {
    /// Counts one answered request.
    pub fn observe(&self, status: u16, latency_us: u64, integration_latency_us: Option<u64>) {
        match status {
            400..=499 => {
                self.client_errors.fetch_add(1, Relaxed);
            }
            500..=599 => {
                self.server_errors.fetch_add(1, Relaxed);
            }
            _ => {}
        }
        self.latency.observe_us(latency_us);
        if let Some(latency_us) = integration_latency_us {
            self.integration_latency.observe_us(latency_us);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_fall_into_their_buckets_and_classes() {
        let meter = StageMeter::default();
        for (status, latency_us) in [(200, 900), (200, 1_000), (404, 1_001), (502, 40_000_000)] {
            meter.observe(status, latency_us, (status != 404).then_some(latency_us));
        }
        let bucket = |index: usize| meter.latency.buckets[index].load(Relaxed);
        assert_eq!((bucket(0), bucket(1), bucket(LATENCY_BUCKETS_MS.len())), (2, 1, 1));
        assert_eq!((meter.client_errors.load(Relaxed), meter.server_errors.load(Relaxed)), (1, 1));
        assert_eq!((meter.latency.count(), meter.integration_latency.count()), (4, 3));
        assert_eq!(meter.latency.sum_us.load(Relaxed), 40_002_901);
    }
}
