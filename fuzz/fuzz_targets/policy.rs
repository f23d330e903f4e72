//! Policy documents: any text parses or is refused, and what parses decides as its statements say.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use stagegate_policy::{Context, Effect, Limits, Policy, PolicySet, Principal, Request, Verdict, explain};

const LIMITS: Limits = Limits { document_bytes: 8_192, statements: 50, values_per_list: 100 };

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(policy) = Policy::parse(text, &LIMITS).map(Arc::new) else { return };
    let context: Context = [("aws:username", "ann"), ("aws:SourceIp", "10.1.2.3"), ("aws:CurrentTime", "2026-11-22")]
        .into_iter()
        .collect();
    let request = Request {
        principal: Principal::User { account: "111122223333", arn: "arn:aws:iam::111122223333:user/ann" },
        action: "execute-api:Invoke",
        resource: "arn:aws:execute-api:eu-west-1:111122223333:abc/prod/GET/pets",
        resource_account: "111122223333",
        context: &context,
    };
    let identity = [Arc::clone(&policy)];
    let set = PolicySet { identity: &identity, resource: Some(&policy), ..PolicySet::default() };
    let explanation = explain(&set, &request);
    let applies =
        |effect| explanation.statements.iter().any(|report| report.effect == effect && report.mismatch.is_none());
    let expected = match (applies(Effect::Deny), applies(Effect::Allow)) {
        (true, _) => Verdict::ExplicitDeny,
        (false, true) => Verdict::Allow,
        (false, false) => Verdict::ImplicitDeny,
    };
    assert_eq!(explanation.decision.verdict, expected);
});
