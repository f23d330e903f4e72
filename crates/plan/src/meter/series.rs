//! Which series the stages of an API have: their names, units and dimensions, as data.

/// The series of a kind of API.
#[derive(Debug, PartialEq, Eq)]
pub struct Series {
    /// The dimension that says which API.
    pub api: ApiDimension,
    /// Whether requests count that no route takes.
    pub counts_unrouted: bool,
    /// One row for each metric.
    pub rows: &'static [SeriesRow],
}

/// The dimension that says which API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiDimension {
    /// `ApiName`, which several APIs may share: they are counted together.
    Name,
    /// `ApiId`.
    Id,
}

/// One metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeriesRow {
    /// AWS's name.
    pub name: &'static str,
    /// What is measured.
    pub measure: Measure,
    /// In what.
    pub unit: Unit,
}

/// What is measured of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// All: 1 for each.
    Requests,
    /// Answers 4XX: 1 or 0 for each request.
    ClientErrors,
    /// Answers 5XX: 1 or 0 for each request.
    ServerErrors,
    /// Answers of the response cache: 1 or 0 for each request, while there are any or the next.
    CacheHits,
    /// Answers that the response cache did not have: 1 or 0 for each request, likewise.
    CacheMisses,
    /// From a request's head to the end of its answer, in microseconds.
    Latency,
    /// The part of the back end in it, in microseconds, of requests that had one.
    IntegrationLatency,
    /// Bytes of what the back end said.
    ProcessedBytes,
}

/// A unit of CloudWatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// `None`
    None,
    /// `Count`
    Count,
    /// `Bytes`
    Bytes,
    /// `Milliseconds`
    Milliseconds,
}

const fn row(name: &'static str, measure: Measure, unit: Unit) -> SeriesRow {
    SeriesRow { name, measure, unit }
}

impl Series {
    /// Those of REST APIs (fact M1, AWS's guide, "Amazon API Gateway dimensions and metrics").
    pub const BY_NAME: Self = Self {
        api: ApiDimension::Name,
        counts_unrouted: true,
        rows: &[
            row("4XXError", Measure::ClientErrors, Unit::Count),
            row("5XXError", Measure::ServerErrors, Unit::Count),
            row("CacheHitCount", Measure::CacheHits, Unit::Count),
            row("CacheMissCount", Measure::CacheMisses, Unit::Count),
            row("Count", Measure::Requests, Unit::Count),
            row("IntegrationLatency", Measure::IntegrationLatency, Unit::Milliseconds),
            row("Latency", Measure::Latency, Unit::Milliseconds),
        ],
    };

    /// Those of HTTP APIs (facts H8, H57 and H58).
    pub const BY_ID: Self = Self {
        api: ApiDimension::Id,
        counts_unrouted: false,
        rows: &[
            row("4xx", Measure::ClientErrors, Unit::None),
            row("5xx", Measure::ServerErrors, Unit::None),
            row("Count", Measure::Requests, Unit::None),
            row("DataProcessed", Measure::ProcessedBytes, Unit::Bytes),
            row("IntegrationLatency", Measure::IntegrationLatency, Unit::Milliseconds),
            row("Latency", Measure::Latency, Unit::Milliseconds),
        ],
    };

    /// Whether a measure has a series.
    pub fn has(&self, measure: Measure) -> bool {
        self.rows.iter().any(|row| row.measure == measure)
    }
}
