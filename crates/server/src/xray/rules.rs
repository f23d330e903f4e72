//! The sampling rules of the account, as the daemon passes them on: `GetSamplingRules` and `GetSamplingTargets` (fact L22).

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::{Request, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use serde::Deserialize;
use serde_json::{Value, json};
use stagegate_gateway::{RuleMatch, RuleTarget, Sampler, SamplingRule};
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::functions::Connections;

/// For one call, its connection included.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);
/// The longest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 4 << 20;
/// Rules that are taken; AWS allows an account 25, and more on request.
const RULES_MAX: usize = 1_000;
/// Pages of rules that are asked for.
const PAGES_MAX: usize = 20;
/// How long rules are used that nobody has confirmed, as AWS's SDKs do.
const RULES_LIFE: Duration = Duration::from_hours(1);

/// How often the daemon is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Intervals {
    /// For its rules.
    pub(crate) rules: Duration,
    /// For its targets.
    pub(crate) targets: Duration,
}

/// Keeps a sampler's rules those of the account.
#[derive(Debug)]
pub(crate) struct RuleKeeper {
    authority: String,
    connections: Arc<Connections>,
    sampler: Arc<Sampler>,
    client_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RulesAnswer {
    #[serde(default)]
    sampling_rule_records: Vec<Value>,
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RuleRecord {
    sampling_rule: RuleDocument,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RuleDocument {
    rule_name: String,
    #[serde(rename = "ResourceARN")]
    resource_arn: String,
    priority: i32,
    fixed_rate: f64,
    reservoir_size: u32,
    service_name: String,
    service_type: String,
    host: String,
    #[serde(rename = "HTTPMethod")]
    http_method: String,
    #[serde(rename = "URLPath")]
    url_path: String,
    version: i32,
    #[serde(default)]
    attributes: Option<serde_json::Map<String, Value>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TargetsAnswer {
    #[serde(default)]
    sampling_target_documents: Vec<TargetDocument>,
    last_rule_modification: Option<f64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TargetDocument {
    rule_name: String,
    fixed_rate: f64,
    reservoir_quota: Option<u64>,
    #[serde(rename = "ReservoirQuotaTTL")]
    reservoir_quota_ttl: Option<f64>,
}

impl RuleKeeper {
    /// A keeper of a sampler's rules that asks the daemon's TCP address.
    pub(crate) fn new(authority: String, connections: Arc<Connections>, sampler: Arc<Sampler>) -> Self {
        let client_id = format!("{:024x}", fastrand::u128(..) >> 32);
        Self { authority, connections, sampler, client_id }
    }

    /// Asks from time to time, for as long as the process runs. While there is no answer, the last rules stay for an hour, and after
    /// that the sampler's own rule counts.
    pub(crate) async fn run(self, intervals: Intervals) {
        let (mut rules, mut targets) = (interval(intervals.rules), interval(intervals.targets));
        rules.set_missed_tick_behavior(MissedTickBehavior::Delay);
        targets.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut known: Option<(Instant, f64)> = None;
        loop {
            tokio::select! {
                _at = rules.tick() => self.refresh(&mut known).await,
                _at = targets.tick() => {
                    let Some((_, since)) = known else { continue };
                    match self.targets().await {
                        Ok(Some(changed)) if changed > since => self.refresh(&mut known).await,
                        Ok(_) => {}
                        Err(reason) => tracing::debug!(daemon = self.authority, reason, "no sampling targets"),
                    }
                }
            }
        }
    }

    async fn refresh(&self, known: &mut Option<(Instant, f64)>) {
        let asked = epoch_s();
        match self.rules().await {
            Ok(rules) => {
                tracing::debug!(daemon = self.authority, count = rules.len(), "sampling rules were taken");
                self.sampler.share(rules);
                *known = Some((Instant::now(), asked));
            }
            Err(reason) => {
                tracing::info!(daemon = self.authority, reason, "the daemon gives no sampling rules");
                if known.is_none_or(|(at, _)| at.elapsed() > RULES_LIFE) {
                    self.sampler.forget_shared();
                    *known = None;
                }
            }
        }
    }

    async fn rules(&self) -> Result<Vec<SamplingRule>, String> {
        let (mut rules, mut next) = (Vec::new(), None::<String>);
        for _page in 0..PAGES_MAX {
            let asked = next.take().map_or_else(|| json!({}), |token| json!({"NextToken": token}));
            let answer: RulesAnswer = self.call("/GetSamplingRules", &asked).await?;
            rules.extend(answer.sampling_rule_records.into_iter().filter_map(read));
            next = answer.next_token.filter(|token| !token.is_empty());
            if next.is_none() || rules.len() > RULES_MAX {
                break;
            }
        }
        rules.truncate(RULES_MAX);
        if rules.is_empty() { Err("it has none".to_owned()) } else { Ok(rules) }
    }

    /// Reports what was counted, and takes what is said about the rules that were used; when rules were last changed, if that is told.
    async fn targets(&self) -> Result<Option<f64>, String> {
        let counted = self.sampler.report();
        if counted.is_empty() {
            return Ok(None);
        }
        let now = epoch_s();
        let documents: Vec<Value> = counted
            .iter()
            .map(|rule| {
                json!({
                    "RuleName": &*rule.name, "ClientID": self.client_id, "Timestamp": now, "RequestCount": rule.requests,
                    "SampledCount": rule.sampled, "BorrowCount": rule.borrowed,
                })
            })
            .collect();
        let asked = json!({ "SamplingStatisticsDocuments": documents });
        let answer = self.call("/SamplingTargets", &asked).await;
        let answer: TargetsAnswer = answer.inspect_err(|_| self.sampler.take_back(&counted))?;
        for target in answer.sampling_target_documents {
            let quota = target.reservoir_quota.zip(target.reservoir_quota_ttl.map(whole));
            let rate = target.fixed_rate.clamp(0.0, 1.0);
            self.sampler.aim(&RuleTarget { name: target.rule_name.into(), rate, quota });
        }
        Ok(answer.last_rule_modification)
    }

    async fn call<T: serde::de::DeserializeOwned>(&self, path: &str, asked: &Value) -> Result<T, String> {
        let uri: Uri = format!("http://{}{path}", self.authority).parse().map_err(|error| format!("{error}"))?;
        let request = Request::post(path)
            .header(header::HOST, &self.authority)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(asked.to_string())))
            .map_err(|error| error.to_string())?;
        let exchange = async {
            let answer = self.connections.send(&uri, request).await.map_err(|error| error.to_string())?;
            let status = answer.response.status();
            let body = Limited::new(answer.response.into_body(), ANSWER_BYTES_MAX).collect().await;
            let body = body.map_err(|error| error.to_string())?.to_bytes();
            self.connections.keep(answer.sender, answer.origin);
            if !status.is_success() {
                return Err(format!("it answers {status}"));
            }
            serde_json::from_slice(&body).map_err(|error| format!("it answers no such document: {error}"))
        };
        let answered = tokio::time::timeout(CALL_TIMEOUT, exchange).await;
        answered.unwrap_or_else(|_elapsed| Err("it did not answer in time".to_owned()))
    }
}

/// The rule of a record. One that cannot be read costs no other its effect.
fn read(record: Value) -> Option<SamplingRule> {
    match serde_json::from_value::<RuleRecord>(record) {
        Ok(record) => rule(record.sampling_rule),
        Err(error) => {
            tracing::warn!(%error, "a sampling rule cannot be read, and is left out");
            None
        }
    }
}

/// A rule of version 1, the only one there is.
fn rule(document: RuleDocument) -> Option<SamplingRule> {
    let is_known = document.version == 1 && document.fixed_rate.is_finite();
    is_known.then(|| SamplingRule {
        name: document.rule_name.into(),
        priority: document.priority,
        reservoir_per_s: document.reservoir_size,
        rate: document.fixed_rate.clamp(0.0, 1.0),
        requests: RuleMatch {
            service_name: document.service_name.into(),
            service_type: document.service_type.into(),
            resource_arn: document.resource_arn.into(),
            host: document.host.into(),
            method: document.http_method.into(),
            path: document.url_path.into(),
            has_attributes: document.attributes.is_some_and(|attributes| !attributes.is_empty()),
        },
    })
}

/// Seconds since 1970.
fn epoch_s() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

/// A moment in whole seconds.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
fn whole(seconds: f64) -> u64 {
    seconds as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(change: impl FnOnce(&mut Value)) -> Value {
        let mut rule = json!({
            "RuleName": "a", "ResourceARN": "*", "Priority": 1, "FixedRate": 0.5, "ReservoirSize": 1, "ServiceName": "*",
            "ServiceType": "*", "Host": "*", "HTTPMethod": "*", "URLPath": "*", "Version": 1,
        });
        change(&mut rule);
        json!({ "SamplingRule": rule })
    }

    #[test]
    fn rules_that_cannot_be_read_are_left_out_one_by_one() {
        let good = read(record(|_| {})).expect("a rule");
        assert_eq!((&*good.name, good.rate, good.reservoir_per_s), ("a", 0.5, 1));
        assert!(read(record(|rule| rule["FixedRate"] = json!(7))).is_some_and(|rule| rule.rate <= 1.0));
        for (member, value) in [
            ("ReservoirSize", json!(-1)),
            ("Priority", json!("high")),
            ("RuleName", Value::Null),
            ("FixedRate", json!("0.1")),
            ("Version", json!(2)),
        ] {
            assert_eq!(read(record(|rule| rule[member] = value.clone())), None, "{member} {value}");
        }
        assert_eq!(read(json!({})), None);
        assert_eq!(read(json!([])), None);
    }
}
