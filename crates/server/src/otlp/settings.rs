//! What is set about OTLP.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use percent_encoding::percent_decode_str;

use super::Signal;
use super::delivery::Limits;
use crate::aws::ServiceUrl;

/// The signals by the words of settings, each with the path that is added to `otlp_endpoint`.
const PATHS: [(Signal, &str, &str); 3] = [
    (Signal::Traces, "traces", "/v1/traces"),
    (Signal::Metrics, "metrics", "/v1/metrics"),
    (Signal::Logs, "logs", "/v1/logs"),
];

/// What lists of signals may have.
pub(crate) const SIGNALS: &str = "traces, metrics and logs";

/// Everything that can be set about the exporter.
#[derive(Debug, Clone, Default)]
pub(crate) struct OtlpSettings {
    /// Where the receiver is, without the path of a signal.
    pub(crate) endpoint: Option<ServiceUrl>,
    /// Where single signals go, path and all.
    pub(crate) traces_endpoint: Option<ServiceUrl>,
    pub(crate) metrics_endpoint: Option<ServiceUrl>,
    pub(crate) logs_endpoint: Option<ServiceUrl>,
    /// What is sent.
    pub(crate) signals: Vec<Signal>,
    /// Headers of every post.
    pub(crate) headers: Pairs,
    /// Further attributes of the resource.
    pub(crate) resource: Pairs,
    /// Whether messages are compressed with gzip.
    pub(crate) is_compressed: bool,
    pub(crate) timeout_ms: u64,
    pub(crate) retry_limit_ms: u64,
    pub(crate) batch_items: u64,
    pub(crate) batch_ms: u64,
    pub(crate) queue_bytes: u64,
}

impl OtlpSettings {
    /// The signals that are sent, and the URL of each.
    pub(super) fn destinations(&self) -> impl Iterator<Item = (Signal, String)> {
        PATHS.into_iter().filter(|(signal, ..)| self.signals.contains(signal)).filter_map(|(signal, _, path)| {
            let own = match signal {
                Signal::Traces => &self.traces_endpoint,
                Signal::Metrics => &self.metrics_endpoint,
                Signal::Logs => &self.logs_endpoint,
            };
            let all = self.endpoint.as_ref().map(|url| format!("{}{path}", url.as_str()));
            own.as_ref().map(|url| url.as_str().to_owned()).or(all).map(|url| (signal, url))
        })
    }

    /// How long a collected item may wait for others before it is sent.
    pub(crate) fn batch_wait(&self) -> Duration {
        Duration::from_millis(self.batch_ms)
    }

    pub(super) fn limits(&self) -> Limits {
        Limits {
            timeout: Duration::from_millis(self.timeout_ms),
            retry: Duration::from_millis(self.retry_limit_ms),
            is_compressed: self.is_compressed,
        }
    }

    pub(super) fn batch_items(&self) -> usize {
        usize::try_from(self.batch_items).unwrap_or(usize::MAX)
    }

    pub(super) fn queue_bytes(&self) -> usize {
        usize::try_from(self.queue_bytes).unwrap_or(usize::MAX)
    }
}

/// The signals of a list of words; `None` if one is none.
pub(crate) fn signals(text: &str) -> Option<Vec<Signal>> {
    let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
    words.map(|word| PATHS.iter().find(|(_, name, _)| *name == word).map(|(signal, ..)| *signal)).collect()
}

/// Names with values, written `NAME=VALUE,…` with values percent-encoded, as `OTEL_EXPORTER_OTLP_HEADERS` and
/// `OTEL_RESOURCE_ATTRIBUTES` are. They may be secrets: `Debug` shows the names alone.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Pairs(Vec<(String, String)>);

impl Pairs {
    /// The pairs.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether each may be sent as a header that the exporter does not set itself.
    pub(crate) fn are_headers(&self) -> bool {
        let is_ours = |name: &str| {
            ["host", "content-length", "content-type", "content-encoding", "transfer-encoding", "connection"]
                .iter()
                .any(|ours| name.eq_ignore_ascii_case(ours))
        };
        self.iter().all(|(name, value)| {
            let is_name = http::HeaderName::from_bytes(name.as_bytes()).is_ok();
            is_name && !is_ours(name) && http::HeaderValue::from_str(value).is_ok()
        })
    }
}

impl fmt::Debug for Pairs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.iter().map(|(name, _)| name)).finish()
    }
}

impl FromStr for Pairs {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').ok_or(())?;
            let value = percent_decode_str(value.trim()).decode_utf8().map_err(|_not_utf_8| ())?;
            let name = name.trim();
            if name.is_empty() { Err(()) } else { Ok((name.to_owned(), value.into_owned())) }
        });
        pairs.collect::<Result<_, ()>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_has_its_own_url_or_the_one_of_all() {
        let url = |text: &str| Some(text.parse::<ServiceUrl>().expect(text));
        let settings = OtlpSettings {
            endpoint: url("http://127.0.0.1:4318/otlp/"),
            logs_endpoint: url("https://logs.example/in"),
            signals: signals("logs, traces").expect("signals"),
            ..OtlpSettings::default()
        };
        let found: Vec<_> = settings.destinations().collect();
        let expected = [
            (Signal::Traces, "http://127.0.0.1:4318/otlp/v1/traces".to_owned()),
            (Signal::Logs, "https://logs.example/in".to_owned()),
        ];
        assert_eq!(found, expected);
        let nowhere = OtlpSettings { endpoint: None, ..settings };
        assert_eq!(nowhere.destinations().map(|(signal, _)| signal).collect::<Vec<_>>(), [Signal::Logs]);
        assert_eq!(signals("traces,loks"), None);
    }

    #[test]
    fn pairs_are_read_and_not_shown() {
        let pairs: Pairs = "Authorization=Basic%20a%3Db%2C, x = 1 ,".parse().expect("pairs");
        assert_eq!(pairs.iter().collect::<Vec<_>>(), [("Authorization", "Basic a=b,"), ("x", "1")]);
        assert_eq!(format!("{pairs:?}"), "[\"Authorization\", \"x\"]");
        for bad in ["a", "=b", "a=%ff"] {
            assert_eq!(bad.parse::<Pairs>(), Err(()), "{bad}");
        }
    }

    #[test]
    fn headers_that_the_exporter_sets_and_broken_ones_are_refused() {
        for (text, are_headers) in [
            ("a=b,x-scope=1", true),
            ("Host=a", false),
            ("content-Encoding=br", false),
            ("a b=c", false),
            ("a=b%0Ac", false),
        ] {
            assert_eq!(text.parse::<Pairs>().expect(text).are_headers(), are_headers, "{text}");
        }
    }
}
