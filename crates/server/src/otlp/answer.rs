//! What an answer to a post means (opentelemetry.io/docs/specs/otlp, "OTLP/HTTP Response").

use std::time::{Duration, SystemTime};

use http::{HeaderMap, StatusCode, header};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use time::PrimitiveDateTime;
use time::macros::format_description;

/// What an answer says about the message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It was taken; so many items of it were not, for a reason.
    Taken { refused: u64, warning: String },
    /// It may be posted again, after so long if the receiver says so.
    Again { wait: Option<Duration>, reason: String },
    /// It will never be taken.
    Refused { reason: String },
}

/// `google.rpc.Status`, the body of a refusal.
#[derive(Clone, PartialEq, Message)]
struct Status {
    #[prost(string, tag = "2")]
    message: String,
}

/// The verdict of an answer. `now` is when it came.
pub(super) fn verdict(status: StatusCode, headers: &HeaderMap, body: &[u8], now: SystemTime) -> Verdict {
    if status.is_success() {
        return taken(body);
    }
    let told = Status::decode(body).map(|status| status.message).unwrap_or_default();
    let reason = if told.is_empty() { format!("it answers {status}") } else { format!("it answers {status}: {told}") };
    match status {
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => Verdict::Again { wait: retry_after(headers, now), reason },
        _ => Verdict::Refused { reason },
    }
}

/// A success may be partial. The three answers differ in names only: the field of the count has one number in all of them.
fn taken(body: &[u8]) -> Verdict {
    let partial = ExportTraceServiceResponse::decode(body).ok().and_then(|answer| answer.partial_success);
    let (refused, warning) = partial.map(|it| (it.rejected_spans, it.error_message)).unwrap_or_default();
    Verdict::Taken { refused: u64::try_from(refused).unwrap_or_default(), warning }
}

/// `Retry-After`: seconds, or a date (RFC 9110 §10.2.3).
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let format =
        format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
    let date: SystemTime = PrimitiveDateTime::parse(text, format).ok()?.assume_utc().into();
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsPartialSuccess, ExportLogsServiceResponse};

    use super::*;

    fn ask(status: u16, retry_after: &str, body: &[u8]) -> Verdict {
        let mut headers = HeaderMap::new();
        if !retry_after.is_empty() {
            headers.insert(header::RETRY_AFTER, retry_after.parse().expect("a value"));
        }
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        verdict(StatusCode::from_u16(status).expect("a status"), &headers, body, now)
    }

    #[test]
    fn successes_may_be_partial() {
        let all = Verdict::Taken { refused: 0, warning: String::new() };
        assert_eq!(ask(200, "", b""), all);
        assert_eq!(ask(202, "", b"{\"partialSuccess\":{}}"), all, "an answer that is no protobuf is still a success");
        let partial = ExportLogsPartialSuccess { rejected_log_records: 3, error_message: "too old".to_owned() };
        let body = ExportLogsServiceResponse { partial_success: Some(partial) }.encode_to_vec();
        assert_eq!(ask(200, "", &body), Verdict::Taken { refused: 3, warning: "too old".to_owned() });
    }

    #[test]
    fn four_statuses_may_be_tried_again() {
        for status in [429, 502, 503, 504] {
            for (text, wait) in [
                ("", None),
                ("7", Some(Duration::from_secs(7))),
                ("Sun, 06 Nov 1994 08:50:37 GMT", Some(Duration::from_mins(1))),
                ("Sun, 06 Nov 1994 08:00:00 GMT", Some(Duration::ZERO)),
                ("soon", None),
                ("-1", None),
            ] {
                let Verdict::Again { wait: found, .. } = ask(status, text, b"") else { unreachable!("{status}") };
                assert_eq!(found, wait, "{text}");
            }
        }
        for status in [301, 400, 401, 404, 413, 500, 501, 505] {
            assert!(matches!(ask(status, "1", b""), Verdict::Refused { .. }), "{status}");
        }
        let body = Status { message: "no such tenant".to_owned() }.encode_to_vec();
        let reason = "it answers 400 Bad Request: no such tenant".to_owned();
        assert_eq!(ask(400, "", &body), Verdict::Refused { reason });
    }

    proptest::proptest! {
        #[test]
        fn any_answer_is_judged(status in 200_u16..600, after in "[ -~]{0,40}", body in proptest::collection::vec(proptest::num::u8::ANY, 0..64)) {
            let _ = ask(status, after.trim(), &body);
        }
    }
}
