//! `PutMetricData`: minutes that are over, posted to a real CloudWatch (API reference, `PutMetricData`; AWS JSON 1.0, fact M4).

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use serde_json::{Value, json};
use stagegate_gateway::{CredentialAsk, CredentialSource};
use stagegate_model::domain::partition_of;
use stagegate_sigv4::{Credentials, Payload, RequestParts, sign};
use stagegate_telemetry::metrics::{Distribution, Series};
use time::OffsetDateTime;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::collector::Records;
use crate::aws::ServiceUrl;
use crate::functions::Connections;

/// Minutes that wait for the receiver at most; later ones are lost, and counted.
const MINUTES_MAX: usize = 60;
/// The most different values of one datum.
const VALUES_MAX: usize = 150;
/// Data of one call: CloudWatch takes 1,000 of them, and 1 MB.
const DATA_MAX: usize = 150;
/// Calls for the same data.
const TRIES: u32 = 3;
/// The wait before the second call; before the third it is twice as long.
const WAIT: Duration = Duration::from_secs(1);
/// For a call, its connection included.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Where metrics are posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CloudWatchPlace {
    /// AWS's own endpoint of each region.
    Aws,
    /// A service that the operator has put elsewhere.
    Elsewhere(ServiceUrl),
}

/// What is set about it.
#[derive(Debug, Clone, Default)]
pub(crate) struct PutSettings {
    /// Where metrics are posted; nothing is where nothing is set.
    pub(crate) place: Option<CloudWatchPlace>,
    pub(crate) namespace: String,
    pub(crate) interval_s: u64,
}

impl std::str::FromStr for CloudWatchPlace {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        if text == "aws" { Ok(Self::Aws) } else { text.parse().map(Self::Elsewhere) }
    }
}

/// A minute that is over.
pub(super) type Minute = (u64, Arc<Records>);

/// The end that takes minutes in, and counts those that have no room.
#[derive(Debug)]
pub(super) struct Minutes {
    sender: Mutex<Option<Sender<Minute>>>,
    lost: Arc<AtomicU64>,
}

impl Minutes {
    /// Hands a minute over. Never waits.
    pub(super) fn offer(&self, minute: Minute) {
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        if sender.as_ref().is_none_or(|sender| sender.try_send(minute).is_err()) {
            self.lost.fetch_add(1, Relaxed);
        }
    }

    /// No further minute comes.
    pub(super) fn close(&self) {
        self.sender.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Minutes that were not posted.
    pub(super) fn lost(&self) -> u64 {
        self.lost.load(Relaxed)
    }
}

/// Posts minutes.
pub(super) struct Putting {
    place: CloudWatchPlace,
    namespace: String,
    interval: Duration,
    connections: Connections,
    signers: Arc<dyn CredentialSource>,
    minutes: Receiver<Minute>,
    lost: Arc<AtomicU64>,
}

impl Putting {
    /// Whoever posts, where something is set, with the end that takes minutes in.
    pub(super) fn new(
        settings: &PutSettings,
        signers: Arc<dyn CredentialSource>,
    ) -> io::Result<Option<(Self, Minutes)>> {
        let Some(place) = settings.place.clone() else { return Ok(None) };
        let (sender, minutes) = channel(MINUTES_MAX);
        let lost: Arc<AtomicU64> = Arc::default();
        let putting = Self {
            place,
            namespace: settings.namespace.clone(),
            interval: Duration::from_secs(settings.interval_s),
            connections: Connections::new()?,
            signers,
            minutes,
            lost: Arc::clone(&lost),
        };
        Ok(Some((putting, Minutes { sender: Mutex::new(Some(sender)), lost })))
    }

    /// Posts at an interval, and once more when no further minute can come.
    pub(super) async fn run(mut self) {
        loop {
            let Some(first) = self.minutes.recv().await else { return };
            let rest = tokio::time::sleep(self.interval.saturating_sub(Duration::from_mins(1)));
            let mut minutes = vec![first];
            tokio::select! {
                () = rest => while let Ok(minute) = self.minutes.try_recv() { minutes.push(minute); },
                () = async { while let Some(minute) = self.minutes.recv().await { minutes.push(minute); } } => {}
            }
            for (minute, records) in minutes {
                self.put(minute, &records).await;
            }
        }
    }

    async fn put(&self, minute: u64, records: &Records) {
        let mut regions: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        for (series, numbers) in records {
            regions.entry(&series.region).or_default().extend(data(minute, series, numbers));
        }
        for (region, data) in regions {
            for data in data.chunks(DATA_MAX) {
                let body = json!({"Namespace": self.namespace, "MetricData": data}).to_string();
                if let Err(why) = self.post(region, body).await {
                    self.lost.fetch_add(1, Relaxed);
                    tracing::warn!(region, minute, "metrics are not in CloudWatch: {why}");
                }
            }
        }
    }

    async fn post(&self, region: &str, body: String) -> Result<(), String> {
        let body = Bytes::from(body);
        let mut wait = WAIT;
        for left in (0..TRIES).rev() {
            let tried = tokio::time::timeout(CALL_TIMEOUT, self.once(region, body.clone())).await;
            match tried.unwrap_or_else(|_elapsed| Err((true, "it does not answer in time".to_owned()))) {
                Err((true, _)) if left > 0 => tokio::time::sleep(wait).await,
                outcome => return outcome.map_err(|(_, why)| why),
            }
            wait *= 2;
        }
        Ok(())
    }

    /// One call. A failure says whether another one may help.
    async fn once(&self, region: &str, body: Bytes) -> Result<(), (bool, String)> {
        let is_overridden = matches!(self.place, CloudWatchPlace::Elsewhere(_));
        let ask = CredentialAsk { identity: None, is_overridden };
        let signer = self.signers.credentials(ask).await.map_err(|error| (true, error.to_string()))?;
        let url = match &self.place {
            CloudWatchPlace::Aws => aws_url(region),
            CloudWatchPlace::Elsewhere(url) => url.as_str().to_owned(),
        };
        let uri: Uri = format!("{url}/").parse().map_err(|error| (false, format!("{url}: {error}")))?;
        let request = request(&uri, &signer, region, body).map_err(|error| (false, error.to_string()))?;
        let answer = self.connections.send(&uri, request).await.map_err(|error| (true, error.to_string()))?;
        let status = answer.response.status();
        let read = Limited::new(answer.response.into_body(), ANSWER_BYTES_MAX).collect().await;
        let read = read.map_err(|error| (true, error.to_string()))?.to_bytes();
        self.connections.keep(answer.sender, answer.origin);
        if status.is_success() {
            return Ok(());
        }
        let may_help = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
        Err((may_help, format!("{url} answers {status}: {}", String::from_utf8_lossy(&read))))
    }
}

fn aws_url(region: &str) -> String {
    let suffix = if partition_of(region) == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("https://monitoring.{region}.{suffix}")
}

fn request(uri: &Uri, signer: &Credentials, region: &str, body: Bytes) -> Result<Request<Full<Bytes>>, http::Error> {
    let host = uri.authority().map_or("", |authority| authority.as_str());
    let headers: [(&str, &[u8]); 3] = [
        ("host", host.as_bytes()),
        ("content-type", b"application/x-amz-json-1.0"),
        ("x-amz-target", b"GraniteServiceVersion20100801.PutMetricData"),
    ];
    let payload = Payload::Bytes(&body);
    let parts = RequestParts { method: "POST", path: uri.path(), query: "", headers: &headers, payload };
    let added = sign(&parts, signer, region, "monitoring", OffsetDateTime::now_utc());
    let request = Request::builder().method("POST").uri(uri.path());
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let request = added.into_iter().fold(request, |request, (name, value)| request.header(name, value));
    request.body(Full::new(body))
}

/// The data of a distribution: as many as its values need.
#[expect(clippy::cast_precision_loss, reason = "CloudWatch's numbers are floating")]
fn data(minute: u64, series: &Series, numbers: &Distribution) -> Vec<Value> {
    let dimensions: Vec<Value> =
        series.dimensions.iter().map(|(name, value)| json!({"Name": name, "Value": taken(value)})).collect();
    let parts = f64::from(series.parts_of_unit());
    let datum = |values: &[(u64, u64)]| {
        json!({
            "MetricName": series.name,
            "Dimensions": dimensions,
            "Timestamp": minute * 60,
            "Unit": series.unit,
            "Values": values.iter().map(|(value, _)| *value as f64 / parts).collect::<Vec<f64>>(),
            "Counts": values.iter().map(|(_, count)| *count as f64).collect::<Vec<f64>>(),
        })
    };
    numbers.values.chunks(VALUES_MAX).map(datum).collect()
}

/// A dimension's value as CloudWatch takes it (API reference, `Dimension`): ASCII without control characters, not only spaces, no colon
/// at its beginning. One that is not so would have all data of its call refused.
fn taken(value: &str) -> String {
    let printable: String =
        value.chars().filter(|character| character.is_ascii() && !character.is_ascii_control()).collect();
    let plain = printable.trim_start_matches(':');
    if plain.trim().is_empty() { "-".to_owned() } else { plain.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_dimensions_are_as_cloudwatch_takes_them() {
        for (value, expected) in [
            ("/pets/{id}", "/pets/{id}"),
            ("a b\u{7f}\n", "a b"),
            ("/bücher", "/bcher"),
            (":pets:", "pets:"),
            ("猫", "-"),
            (" ", "-"),
            ("::", "-"),
        ] {
            assert_eq!(taken(value), expected, "{value}");
        }
    }

    #[test]
    fn many_values_become_several_data_in_the_unit() {
        let dimensions = [(Box::from("ApiName"), Box::from("pets"))].into();
        let series = Series { name: "Latency".into(), unit: "Milliseconds".into(), dimensions, ..Series::default() };
        let mut numbers = Distribution::default();
        (1..=200).for_each(|value| numbers.add(&Distribution::of(value * 500, value)));
        let data = data(29_000_000, &series, &numbers);
        assert_eq!(data.len(), 2);
        assert_eq!((&data[0]["Values"][0], &data[0]["Counts"][0]), (&json!(0.5), &json!(1.0)));
        assert_eq!(data[1]["Values"].as_array().map(Vec::len), Some(50));
        assert_eq!(data[0]["Dimensions"], json!([{"Name": "ApiName", "Value": "pets"}]));
        assert_eq!(data[0]["Timestamp"], json!(1_740_000_000));
    }

    #[test]
    fn aws_has_an_endpoint_in_each_region() {
        assert_eq!(aws_url("eu-west-1"), "https://monitoring.eu-west-1.amazonaws.com");
        assert_eq!(aws_url("cn-north-1"), "https://monitoring.cn-north-1.amazonaws.com.cn");
    }
}
