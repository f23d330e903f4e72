//! A control plane in process, with a client that signs, a clock that stands still and seeded randomness.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};
use stagegate_control::{
    Clock, ControlConfig, ControlPlane, DataPlane, Discovery, Keyring, OwnPolicies, Permit, Ports, Quotas, Randomness,
    Rehearsal, Root, SourceIp, User,
};
use stagegate_plan::identity::Directory;
use stagegate_policy::{Limits, Policy};
use stagegate_sigv4::{Credentials, Payload, RequestParts, Secret, sign};
use stagegate_store::memory::MemoryStore;
use stagegate_store::{Commit, Store, Write};
use time::OffsetDateTime;

pub(crate) const ACCOUNT: &str = "000000000000";
pub(crate) const NEIGHBOUR: &str = "111111111111";
pub(crate) const ACCESS_KEY_ID: &str = "AKIATEST";
pub(crate) const SECRET: &str = "secret";
pub(crate) const NOW_SECONDS: u64 = 1_800_000_000;
pub(crate) const CLIENT: [u8; 4] = [203, 0, 113, 7];
pub(crate) const HOST: &str = "127.0.0.1:8081";

/// A clock that stands still.
pub(crate) struct Standing;

impl Clock for Standing {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(NOW_SECONDS)
    }
}

/// Different bytes at every call, the same in every run (splitmix64).
#[derive(Default)]
pub(crate) struct Seeded(AtomicU64);

impl Randomness for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            let mut word = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            *byte = word.to_be_bytes()[4];
        }
    }
}

/// An answer, read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) error_type: Option<String>,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn of(response: &Response<Bytes>) -> Self {
        let error_type = response.headers().get("x-amzn-errortype");
        Self {
            status: response.status().as_u16(),
            error_type: error_type.map(|value| value.to_str().expect("text").to_owned()),
            body: serde_json::from_slice(response.body()).unwrap_or(Value::Null),
        }
    }

    /// The document of a success.
    pub(crate) fn ok(self) -> Value {
        assert!(self.status < 300, "{self:?}");
        self.body
    }

    /// The error type and the message of a refusal.
    pub(crate) fn fault(self) -> (String, String) {
        let error_type = self.error_type.expect("a fault");
        (error_type, self.body["message"].as_str().unwrap_or_default().to_owned())
    }

    /// Asserts a refusal in exactly these words.
    pub(crate) fn refused(self, error_type: &str, message: &str) {
        assert_eq!(self.fault(), (error_type.to_owned(), message.to_owned()));
    }
}

/// A control plane and its client.
pub(crate) struct Plane {
    pub(crate) control: ControlPlane,
    pub(crate) store: Arc<dyn Store>,
    region: &'static str,
    credentials: Credentials,
    clock: Arc<dyn Clock>,
}

impl Plane {
    pub(crate) fn new() -> Self {
        Self::over(Arc::new(MemoryStore::new()), Quotas::default())
    }

    pub(crate) fn with_quotas(quotas: Quotas) -> Self {
        Self::over(Arc::new(MemoryStore::new()), quotas)
    }

    pub(crate) fn over(store: Arc<dyn Store>, quotas: Quotas) -> Self {
        let config = ControlConfig { quotas, ..ControlConfig::default() };
        Self::configured(store, config)
    }

    pub(crate) fn configured(store: Arc<dyn Store>, config: ControlConfig) -> Self {
        Self::permitting(store, config, Arc::new(OwnPolicies))
    }

    pub(crate) fn permitting(store: Arc<dyn Store>, config: ControlConfig, permit: Arc<dyn Permit>) -> Self {
        Self::of(store, config, root_alone(), permit, Arc::new(Standing))
    }

    /// A plane whose caller is a user with one policy.
    pub(crate) fn of_user(store: Arc<dyn Store>, policy: &Value) -> Self {
        let mut directory = Directory::default();
        root().put_into(&mut directory);
        user(policy).put_into(ACCOUNT, &mut directory);
        let keyring: Arc<dyn Keyring> = Arc::new(Arc::new(directory));
        let permit = Arc::new(OwnPolicies);
        let plane = Self::of(store, ControlConfig::default(), keyring, permit, Arc::new(Standing));
        Self { credentials: user_credentials(), ..plane }
    }

    /// A plane over the same store whose caller is of another account: its root, or its user with one policy.
    pub(crate) fn of_neighbour(&self, policy: Option<&Value>) -> Self {
        let mut directory = Directory::default();
        Root { account_id: NEIGHBOUR.to_owned(), ..root() }.put_into(&mut directory);
        if let Some(policy) = policy {
            user(policy).put_into(NEIGHBOUR, &mut directory);
        }
        let keyring: Arc<dyn Keyring> = Arc::new(Arc::new(directory));
        let (config, permit) = (ControlConfig::default(), Arc::new(OwnPolicies));
        let plane = Self::of(Arc::clone(&self.store), config, keyring, permit, Arc::new(Standing));
        let credentials = if policy.is_some() { user_credentials() } else { credentials() };
        Self { credentials, ..plane }
    }

    /// A plane on a clock of the test's.
    pub(crate) fn timed(config: ControlConfig, clock: Arc<dyn Clock>) -> Self {
        Self::of(Arc::new(MemoryStore::new()), config, root_alone(), Arc::new(OwnPolicies), clock)
    }

    fn of(
        store: Arc<dyn Store>,
        config: ControlConfig,
        keyring: Arc<dyn Keyring>,
        permit: Arc<dyn Permit>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let mut ports = Ports::new(keyring);
        ports.clock = clock;
        ports.permit = permit;
        Self::ported(store, config, ports)
    }

    /// A plane that can look issuers up.
    pub(crate) fn discovering(discovery: Arc<dyn Discovery>) -> Self {
        let mut ports = Ports::new(root_alone());
        ports.clock = Arc::new(Standing);
        ports.discovery = discovery;
        Self::ported(Arc::new(MemoryStore::new()), ControlConfig::default(), ports)
    }

    /// A plane that has things tried out.
    pub(crate) fn rehearsing(rehearsal: Arc<dyn Rehearsal>) -> Self {
        let mut ports = Ports::new(root_alone());
        ports.clock = Arc::new(Standing);
        ports.rehearsal = rehearsal;
        Self::ported(Arc::new(MemoryStore::new()), ControlConfig::default(), ports)
    }

    /// A plane before a data plane that may be behind.
    pub(crate) fn before(data_plane: Arc<dyn DataPlane>) -> Self {
        let mut ports = Ports::new(root_alone());
        ports.clock = Arc::new(Standing);
        ports.data_plane = data_plane;
        Self::ported(Arc::new(MemoryStore::new()), ControlConfig::default(), ports)
    }

    fn ported(store: Arc<dyn Store>, config: ControlConfig, mut ports: Ports) -> Self {
        ports.random = Arc::new(Seeded::default());
        let journal = tempfile::NamedTempFile::new().expect("a file").into_temp_path();
        let now = Arc::new(stagegate_state::ManualClock::at(NOW_SECONDS));
        ports.usage = Arc::new(stagegate_state_local::LocalQuotas::open(&journal, now).expect("a journal"));
        let clock = Arc::clone(&ports.clock);
        let control = ControlPlane::new(config, Arc::clone(&store), ports);
        Self { control, store, region: "us-east-1", credentials: credentials(), clock }
    }

    /// The same plane, called in another region.
    pub(crate) fn in_region(mut self, region: &'static str) -> Self {
        self.region = region;
        self
    }

    /// Signs and makes a call with a raw body.
    pub(crate) async fn send(&self, verb: &str, target: &str, body: impl Into<Bytes>) -> Response<Bytes> {
        let body = body.into();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers: [(&str, &[u8]); 1] = [("host", HOST.as_bytes())];
        let parts = RequestParts { method: verb, path, query, headers: &headers, payload: Payload::Bytes(&body) };
        let at = OffsetDateTime::from(self.clock.now());
        let signed = sign(&parts, &self.credentials, self.region, "apigateway", at);
        let request =
            Request::builder().method(verb).uri(target).header("host", HOST).extension(SourceIp(CLIENT.into()));
        let request = signed.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        self.control.handle(request.body(body).expect("a request")).await
    }

    /// Hands over a request as it is.
    pub(crate) async fn handle(&self, request: Request<Bytes>) -> Response<Bytes> {
        self.control.handle(request).await
    }

    /// Makes a call with a JSON body; null sends none.
    pub(crate) async fn call(&self, verb: &str, target: &str, body: Value) -> Answer {
        let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        Answer::of(&self.send(verb, target, body).await)
    }

    pub(crate) async fn get(&self, target: &str) -> Answer {
        self.call("GET", target, Value::Null).await
    }

    pub(crate) async fn delete(&self, target: &str) -> Answer {
        self.call("DELETE", target, Value::Null).await
    }

    /// Patches with operations as (op, path, value).
    pub(crate) async fn patch(&self, target: &str, operations: &[(&str, &str, &str)]) -> Answer {
        let one = |(op, path, value): &(&str, &str, &str)| json!({ "op": op, "path": path, "value": value });
        let operations: Vec<Value> = operations.iter().map(one).collect();
        self.call("PATCH", target, json!({ "patchOperations": operations })).await
    }

    /// Creates an API; answers its path and its root resource's path.
    pub(crate) async fn api(&self) -> (String, String) {
        let api = self.call("POST", "/restapis", json!({ "name": "pets" })).await.ok();
        let path = format!("/restapis/{}", text(&api["id"]));
        let root = format!("{path}/resources/{}", text(&api["rootResourceId"]));
        (path, root)
    }

    /// Writes a row as it is; its key is a path below the account, such as `/restapis/a/authorizers/text`.
    pub(crate) async fn plant(&self, path: &str, document: Value) {
        let key = format!("{ACCOUNT}/{}{path}", self.region);
        let writes = vec![Write::Put { key, body: document.to_string().into() }];
        self.store.commit(Commit { expects: Vec::new(), writes }).await.expect("the store");
    }

    /// Creates an API with `GET /` as a MOCK; answers the API's path and the method's path.
    pub(crate) async fn mock_api(&self) -> (String, String) {
        let (api, root) = self.api().await;
        let method = format!("{root}/methods/GET");
        self.call("PUT", &method, json!({ "authorizationType": "NONE" })).await.ok();
        self.call("PUT", &format!("{method}/integration"), json!({ "type": "MOCK" })).await.ok();
        (api, method)
    }

    /// Creates an API with a deployment; answers the API's path and the deployment's id.
    pub(crate) async fn deployed_api(&self) -> (String, String) {
        let (api, _) = self.mock_api().await;
        let deployment = self.call("POST", &format!("{api}/deployments"), json!({})).await.ok();
        (api, text(&deployment["id"]))
    }

    /// Creates an API with a stage `dev`; answers the API's path and the stage's path.
    pub(crate) async fn staged_api(&self) -> (String, String) {
        let (api, deployment) = self.deployed_api().await;
        let stage = json!({ "stageName": "dev", "deploymentId": deployment });
        self.call("POST", &format!("{api}/stages"), stage).await.ok();
        let stage = format!("{api}/stages/dev");
        (api, stage)
    }
}

fn root() -> Root {
    Root { account_id: ACCOUNT.to_owned(), access_key_id: ACCESS_KEY_ID.to_owned(), secret: Secret::new(SECRET) }
}

/// Who signs where there is root alone.
fn root_alone() -> Arc<dyn Keyring> {
    let mut directory = Directory::default();
    root().put_into(&mut directory);
    Arc::new(Arc::new(directory))
}

/// The user `ann`.
fn user(policy: &Value) -> User {
    let Credentials { access_key_id, secret, .. } = user_credentials();
    let limits = Limits { document_bytes: 65_536, statements: 1_000, values_per_list: 1_000 };
    let policy = Policy::parse(&policy.to_string(), &limits).expect("a policy");
    User { name: "ann".to_owned(), account: None, access_key_id, secret, policies: vec![Arc::new(policy)] }
}

fn user_credentials() -> Credentials {
    Credentials { access_key_id: "AKIAUSER".to_owned(), ..credentials() }
}

pub(crate) fn credentials() -> Credentials {
    Credentials { access_key_id: ACCESS_KEY_ID.to_owned(), secret: Secret::new(SECRET), session_token: None }
}

/// A JSON string, owned.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

/// The values of one member over a list document.
pub(crate) fn names(list: &Value, member: &str) -> Vec<String> {
    let items = list["item"].as_array().expect("a list");
    items.iter().map(|item| text(&item[member])).collect()
}

pub(crate) const FORBIDDEN: StatusCode = StatusCode::FORBIDDEN;
