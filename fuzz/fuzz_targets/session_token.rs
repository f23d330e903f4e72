//! Session tokens: what was not sealed never opens, and whatever was sealed opens to a session or is refused.

#![no_main]

use std::sync::{Arc, LazyLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use libfuzzer_sys::fuzz_target;
use stagegate_plan::identity::{Directory, Holder, HolderKind, SESSION_CONTEXT, SessionClaims};
use stagegate_seal::{MasterKey, Sealer};

static SEALER: LazyLock<Arc<Sealer>> = LazyLock::new(|| Arc::new(Sealer::new(&MasterKey::new([7; 32]), &[])));

fn directory() -> Directory {
    let mut directory = Directory::new(Arc::clone(&SEALER));
    let holder = Holder {
        kind: HolderKind::Role,
        account: "000000000000".into(),
        arn: "arn:aws:iam::000000000000:role/r".into(),
        name: "r".into(),
        id: "AROA1".into(),
        policies: Arc::default(),
        tags: Arc::default(),
    };
    directory.put("role/r", holder, []);
    directory
}

fuzz_target!(|data: &[u8]| {
    assert!(SessionClaims::open(data, &SEALER).is_err());
    let token = STANDARD.encode(SEALER.seal(SESSION_CONTEXT, data));
    if let Ok(credential) = directory().session(token.as_bytes(), 0) {
        let claims = SessionClaims::open(token.as_bytes(), &SEALER).expect("a session was made of it");
        assert_eq!(claims.policies.len(), credential.principal.session_policies.len());
        assert_eq!(*credential.principal.account, *"000000000000");
    }
});
