//! AWS's rates of control-plane calls, on a clock that the test moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use stagegate_control::{Clock, ControlConfig, Quotas};

use crate::plane::{NOW_SECONDS, Plane};

/// A clock that is moved by hand.
struct Moved(AtomicU64);

impl Clock for Moved {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(NOW_SECONDS) + Duration::from_millis(self.0.load(Ordering::Relaxed))
    }
}

impl Moved {
    fn forward_ms(&self, ms: u64) {
        self.0.fetch_add(ms, Ordering::Relaxed);
    }
}

fn plane(quotas: Quotas) -> (Arc<Moved>, Plane) {
    let clock = Arc::new(Moved(AtomicU64::new(0)));
    let config = ControlConfig { quotas, ..ControlConfig::default() };
    (Arc::clone(&clock), Plane::timed(config, clock))
}

fn as_aws() -> Quotas {
    Quotas { aws: true, ..Quotas::default() }
}

fn only(name: &str, value: u64) -> Quotas {
    Quotas { set: [(name.to_owned(), value)].into(), aws: false }
}

#[tokio::test]
async fn no_rate_is_enforced_by_default() {
    let (_, plane) = plane(Quotas::default());
    for _ in 0..60 {
        plane.call("POST", "/apikeys", json!({})).await.ok();
    }
}

#[tokio::test]
async fn forty_calls_at_once_and_ten_a_second() {
    let (clock, plane) = plane(as_aws());
    for _ in 0..40 {
        plane.get("/account").await.ok();
    }
    let refused = plane.send("GET", "/account", "").await;
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["x-amzn-errortype"], "TooManyRequestsException");
    assert_eq!(refused.headers()["retry-after"], "1");
    assert_eq!(refused.body().as_ref(), br#"{"message":"Too Many Requests"}"#);
    clock.forward_ms(300);
    for _ in 0..3 {
        plane.get("/account").await.ok();
    }
    assert_eq!(plane.get("/account").await.status, 429);
}

#[tokio::test]
async fn each_operation_has_its_own_interval() {
    let missing = |path: &str| path.to_owned();
    let edge = json!({ "name": "n" });
    let regional = json!({ "name": "n", "endpointConfiguration": { "types": ["REGIONAL"] } });
    for (verb, target, body, burst, interval_ms) in [
        ("POST", missing("/apikeys"), json!({}), 5, 200),
        ("DELETE", missing("/apikeys/none"), Value::Null, 5, 200),
        ("POST", missing("/restapis/none/deployments"), json!({}), 1, 5_000),
        ("POST", missing("/restapis/none/documentation/versions"), json!({}), 1, 20_000),
        ("PUT", missing("/restapis/none/documentation/parts"), json!({}), 1, 30_000),
        ("POST", missing("/domainnames"), json!({}), 1, 30_000),
        ("PATCH", missing("/domainnames/none"), json!({}), 1, 30_000),
        ("DELETE", missing("/domainnames/none"), Value::Null, 1, 30_000),
        ("POST", missing("/restapis/none/resources/r"), json!({}), 5, 200),
        ("DELETE", missing("/restapis/none/resources/r"), Value::Null, 5, 200),
        ("GET", missing("/restapis/none/resources"), Value::Null, 5, 400),
        ("POST", missing("/restapis"), edge, 1, 30_000),
        ("POST", missing("/restapis"), regional, 1, 3_000),
        ("POST", missing("/restapis?mode=import"), json!({}), 1, 30_000),
        ("POST", missing("/restapis?mode=import&endpointConfigurationTypes=PRIVATE"), json!({}), 1, 3_000),
        ("PUT", missing("/restapis/none"), json!({}), 1, 1_000),
        ("DELETE", missing("/restapis/none"), Value::Null, 1, 30_000),
        ("PATCH", missing("/account"), json!({}), 1, 20_000),
        ("PATCH", missing("/usageplans/none"), json!({}), 1, 20_000),
    ] {
        let (clock, plane) = plane(as_aws());
        for _ in 0..burst {
            assert_ne!(plane.call(verb, &target, body.clone()).await.status, 429, "{verb} {target}");
        }
        let refused = plane.send(verb, &target, body.to_string()).await;
        assert_eq!(refused.status(), 429, "{verb} {target}");
        let seconds = u64::div_ceil(interval_ms, 1_000);
        assert_eq!(refused.headers()["retry-after"], seconds.to_string().as_str(), "{verb} {target}");
        clock.forward_ms(interval_ms - 1);
        assert_eq!(plane.call(verb, &target, body.clone()).await.status, 429, "{verb} {target}: a moment early");
        clock.forward_ms(1);
        assert_ne!(plane.call(verb, &target, body.clone()).await.status, 429, "{verb} {target}");
    }
}

#[tokio::test]
async fn a_rate_can_be_set_alone() {
    let (clock, plane) = plane(only("update_account_interval_ms", 100));
    plane.call("PATCH", "/account", json!({})).await.ok();
    assert_eq!(plane.call("PATCH", "/account", json!({})).await.status, 429);
    for _ in 0..50 {
        plane.get("/account").await.ok();
    }
    clock.forward_ms(100);
    plane.call("PATCH", "/account", json!({})).await.ok();
}

#[tokio::test]
async fn a_rate_of_zero_lets_nothing_through() {
    let (_, plane) = plane(only("control_plane_rate_per_second", 0));
    assert_eq!(plane.get("/account").await.status, 429);
}

#[tokio::test]
async fn regions_do_not_share_a_rate() {
    let (_, plane) = plane(only("update_account_interval_ms", 1_000));
    plane.call("PATCH", "/account", json!({})).await.ok();
    assert_eq!(plane.call("PATCH", "/account", json!({})).await.status, 429);
    let plane = plane.in_region("eu-west-1");
    plane.call("PATCH", "/account", json!({})).await.ok();
}
