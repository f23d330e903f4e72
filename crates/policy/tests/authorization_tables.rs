//! The tables of AWS's guides: who is allowed when identity, resource, boundary and session policies disagree.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use stagegate_policy::{
    Context, Limits, Policy, PolicyKind, PolicySet, Principal, Request, Verdict, evaluate, evaluate_alone,
};

const LIMITS: Limits = Limits { document_bytes: 10_000, statements: 10, values_per_list: 10 };
const OWNER: &str = "111122223333";
const OTHER: &str = "444455556666";
const API: &str = "arn:aws:execute-api:eu-west-1:111122223333:abc/prod/GET/pets";

/// A policy of one statement, or one about something else where it is to be silent.
fn policy(answer: &str, principal: Option<&str>) -> Policy {
    let principal = principal.map_or(String::new(), |named| format!(r#""Principal":{named},"#));
    let (effect, action) =
        if answer == "Silent" { ("Allow", "execute-api:Other") } else { (answer, "execute-api:Invoke") };
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"{effect}",{principal}"Action":"{action}","Resource":"*"}}}}"#
    );
    Policy::parse(&text, &LIMITS).unwrap()
}

fn decide(principal: Principal<'_>, policies: &PolicySet<'_>) -> (Verdict, Option<PolicyKind>) {
    let context = Context::new();
    let request =
        Request { principal, action: "execute-api:Invoke", resource: API, resource_account: OWNER, context: &context };
    let decision = evaluate(policies, &request);
    (decision.verdict, decision.silent)
}

/// API Gateway Developer Guide, "Policy evaluation outcome tables": identity policy (or authorizer), resource policy,
/// Table A (same account), Table B (another account).
const OUTCOMES: &[(&str, &str, Verdict, Verdict)] = &[
    ("Allow", "Allow", Verdict::Allow, Verdict::Allow),
    ("Allow", "Silent", Verdict::Allow, Verdict::ImplicitDeny),
    ("Allow", "Deny", Verdict::ExplicitDeny, Verdict::ExplicitDeny),
    ("Silent", "Allow", Verdict::Allow, Verdict::ImplicitDeny),
    ("Silent", "Silent", Verdict::ImplicitDeny, Verdict::ImplicitDeny),
    ("Silent", "Deny", Verdict::ExplicitDeny, Verdict::ExplicitDeny),
    ("Deny", "Allow", Verdict::ExplicitDeny, Verdict::ExplicitDeny),
    ("Deny", "Silent", Verdict::ExplicitDeny, Verdict::ExplicitDeny),
    ("Deny", "Deny", Verdict::ExplicitDeny, Verdict::ExplicitDeny),
];

#[test]
fn table_a_and_table_b_hold() {
    for (identity, resource, same, cross) in OUTCOMES {
        let identity_policies = [Arc::new(policy(identity, None))];
        let resource_policy = policy(resource, Some(r#""*""#));
        let policies =
            PolicySet { identity: &identity_policies, resource: Some(&resource_policy), ..PolicySet::default() };
        for (account, expected) in [(OWNER, same), (OTHER, cross)] {
            let user_arn = format!("arn:aws:iam::{account}:user/ann");
            let session_arn = format!("arn:aws:sts::{account}:assumed-role/r/s");
            let role_arn = format!("arn:aws:iam::{account}:role/r");
            for caller in [
                Principal::User { account, arn: &user_arn },
                Principal::RoleSession { account, arn: &session_arn, role_arn: &role_arn },
                Principal::Authorized { account },
            ] {
                assert_eq!(decide(caller, &policies).0, *expected, "{identity} {resource} {caller:?}");
            }
        }
    }
}

#[test]
fn the_silent_side_is_named() {
    let allow = [Arc::new(policy("Allow", None))];
    let silent = policy("Silent", Some(r#""*""#));
    let user = |account| Principal::User { account, arn: "arn:aws:iam::444455556666:user/ann" };
    let with = PolicySet { identity: &allow, resource: Some(&silent), ..PolicySet::default() };
    assert_eq!(decide(user(OTHER), &with).1, Some(PolicyKind::Resource));
    assert_eq!(decide(user(OTHER), &PolicySet::default()).1, Some(PolicyKind::Identity));
    assert_eq!(decide(user(OWNER), &PolicySet::default()).1, Some(PolicyKind::Identity));
    assert_eq!(decide(Principal::Anonymous, &with).1, Some(PolicyKind::Resource));
}

#[test]
fn callers_without_an_account_need_the_resource_policy() {
    let identity = [Arc::new(policy("Allow", None))];
    for (answer, named, caller, expected) in [
        ("Allow", r#""*""#, Principal::Anonymous, Verdict::Allow),
        ("Allow", r#"{"AWS":"*"}"#, Principal::Anonymous, Verdict::Allow),
        ("Silent", r#""*""#, Principal::Anonymous, Verdict::ImplicitDeny),
        ("Deny", r#""*""#, Principal::Anonymous, Verdict::ExplicitDeny),
        ("Allow", r#"{"AWS":"111122223333"}"#, Principal::Anonymous, Verdict::ImplicitDeny),
        ("Allow", r#"{"Service":"a.amazonaws.com"}"#, Principal::Service { name: "a.amazonaws.com" }, Verdict::Allow),
        (
            "Allow",
            r#"{"Service":"a.amazonaws.com"}"#,
            Principal::Service { name: "b.amazonaws.com" },
            Verdict::ImplicitDeny,
        ),
        ("Allow", r#"{"Federated":"idp"}"#, Principal::WebIdentity { provider: "idp" }, Verdict::Allow),
        ("Allow", r#"{"Federated":"idp"}"#, Principal::Service { name: "idp" }, Verdict::ImplicitDeny),
    ] {
        let resource = policy(answer, Some(named));
        let policies = PolicySet { identity: &identity, resource: Some(&resource), ..PolicySet::default() };
        assert_eq!(decide(caller, &policies).0, expected, "{answer} {named} {caller:?}");
    }
}

/// IAM User Guide, "Resource-based policies and implicit denies in other policy types (same account)": the resource
/// policy's principal, the caller, and whether implicit denies elsewhere leave the grant standing.
#[test]
fn a_grant_to_the_caller_itself_outlasts_implicit_denies() {
    const ROLE: &str = "arn:aws:iam::111122223333:role/r";
    const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/r/s";
    const USER: &str = "arn:aws:iam::111122223333:user/ann";
    const FEDERATED: &str = "arn:aws:sts::111122223333:federated-user/ann";
    let session = Principal::RoleSession { account: OWNER, arn: SESSION, role_arn: ROLE };
    let federated = Principal::FederatedUser { account: OWNER, arn: FEDERATED, user_arn: USER };
    let user = Principal::User { account: OWNER, arn: USER };
    let root = Principal::Root { account: OWNER };
    let silent = policy("Silent", None);
    let silent_list = [Arc::new(silent.clone())];
    for (named, caller, stands) in [
        (ROLE, session, false),
        (SESSION, session, true),
        (USER, user, true),
        (USER, federated, false),
        (FEDERATED, federated, true),
        ("*", session, true),
        ("arn:aws:iam::111122223333:root", root, true),
    ] {
        let resource = policy("Allow", Some(&format!(r#"{{"AWS":"{named}"}}"#)));
        let bare = PolicySet { resource: Some(&resource), ..PolicySet::default() };
        assert_eq!(decide(caller, &bare).0, Verdict::Allow, "{named} {caller:?}");
        let bounded = PolicySet { boundary: Some(&silent), ..bare };
        let passed = PolicySet { session: &silent_list, ..bare };
        for (policies, kind) in [(bounded, PolicyKind::Boundary), (passed, PolicyKind::Session)] {
            let expected = if stands { (Verdict::Allow, None) } else { (Verdict::ImplicitDeny, Some(kind)) };
            assert_eq!(decide(caller, &policies), expected, "{named} {caller:?} {kind:?}");
        }
    }
}

/// IAM User Guide, "AWS account principals": who names an account, by its id or its root, leaves the decision to the account. The
/// caller's identity policy, and what comes of it within the account and across accounts.
#[test]
fn a_grant_to_the_account_is_one_of_its_identity_policies() {
    for named in [OWNER, "arn:aws:iam::111122223333:root", OTHER, "arn:aws:iam::444455556666:root"] {
        let account = if named.contains(OWNER) { OWNER } else { OTHER };
        let resource = policy("Allow", Some(&format!(r#"{{"AWS":"{named}"}}"#)));
        let [user, role] = ["user/ann", "role/r"].map(|name| format!("arn:aws:iam::{account}:{name}"));
        let [session, federated] =
            ["assumed-role/r/s", "federated-user/ann"].map(|name| format!("arn:aws:sts::{account}:{name}"));
        for caller in [
            Principal::User { account, arn: &user },
            Principal::RoleSession { account, arn: &session, role_arn: &role },
            Principal::FederatedUser { account, arn: &federated, user_arn: &user },
        ] {
            for (identity, expected) in [
                ("Allow", (Verdict::Allow, None)),
                ("Silent", (Verdict::ImplicitDeny, Some(PolicyKind::Identity))),
                ("Deny", (Verdict::ExplicitDeny, None)),
            ] {
                let identity_policies = [Arc::new(policy(identity, None))];
                let policies =
                    PolicySet { identity: &identity_policies, resource: Some(&resource), ..PolicySet::default() };
                assert_eq!(decide(caller, &policies), expected, "{named} {identity} {caller:?}");
            }
        }
        // Who is named as well as the account needs no one's leave.
        let both = policy("Allow", Some(&format!(r#"{{"AWS":["{named}","{user}"]}}"#)));
        let policies = PolicySet { resource: Some(&both), ..PolicySet::default() };
        let expected = if account == OWNER { Verdict::Allow } else { Verdict::ImplicitDeny };
        assert_eq!(decide(Principal::User { account, arn: &user }, &policies).0, expected, "{named}");
    }
}

#[test]
fn boundary_and_session_policies_intersect_identity_policies() {
    let arn = "arn:aws:iam::111122223333:user/ann";
    for identity in ["Allow", "Silent", "Deny"] {
        for boundary in ["None", "Allow", "Silent", "Deny"] {
            for session in ["None", "Allow", "Silent", "Deny"] {
                let identities = [Arc::new(policy(identity, None))];
                let bound = policy(if boundary == "None" { "Allow" } else { boundary }, None);
                let passed = [Arc::new(policy(if session == "None" { "Allow" } else { session }, None))];
                let policies = PolicySet {
                    identity: &identities,
                    resource: None,
                    boundary: (boundary != "None").then_some(&bound),
                    session: if session == "None" { &[] } else { &passed },
                };
                let answers = [identity, boundary, session];
                let expected = if answers.contains(&"Deny") {
                    Verdict::ExplicitDeny
                } else if answers.contains(&"Silent") {
                    Verdict::ImplicitDeny
                } else {
                    Verdict::Allow
                };
                assert_eq!(decide(Principal::User { account: OWNER, arn }, &policies).0, expected, "{answers:?}");
            }
        }
    }
}

#[test]
fn root_has_its_own_account_and_what_others_grant() {
    let deny = policy("Deny", Some(r#""*""#));
    let allow = policy("Allow", Some(r#"{"AWS":"444455556666"}"#));
    let with = |resource| PolicySet { resource, ..PolicySet::default() };
    let root = |account| Principal::Root { account };
    assert_eq!(decide(root(OWNER), &with(None)).0, Verdict::Allow);
    assert_eq!(decide(root(OWNER), &with(Some(&deny))).0, Verdict::ExplicitDeny);
    assert_eq!(decide(root(OTHER), &with(None)).0, Verdict::ImplicitDeny);
    assert_eq!(decide(root(OTHER), &with(Some(&allow))).0, Verdict::Allow);
}

#[test]
fn not_principal_spares_only_those_listed_in_full() {
    const SESSION: &str = "arn:aws:sts::444455556666:assumed-role/r/s";
    const ROLE: &str = "arn:aws:iam::444455556666:role/r";
    let session = Principal::RoleSession { account: OTHER, arn: SESSION, role_arn: ROLE };
    for (listed, spared) in [
        (vec![SESSION, ROLE, "arn:aws:iam::444455556666:root"], true),
        (vec![SESSION, ROLE, OTHER], true),
        (vec![SESSION, ROLE], false),
        (vec![ROLE, OTHER], false),
        (vec![OTHER], false),
        (vec![OWNER], false),
        (vec!["*"], true),
    ] {
        let list = listed.join("\",\"");
        let element = |effect: &str| {
            let text = format!(
                r#"{{"Statement":{{"Effect":"{effect}","NotPrincipal":{{"AWS":["{list}"]}},"Action":"*","Resource":"*"}}}}"#
            );
            Policy::parse(&text, &LIMITS).unwrap()
        };
        let identity = [Arc::new(policy("Allow", None))];
        let verdict = |resource: &Policy, caller| {
            decide(caller, &PolicySet { identity: &identity, resource: Some(resource), ..PolicySet::default() }).0
        };
        let expected = if spared { Verdict::ImplicitDeny } else { Verdict::ExplicitDeny };
        assert_eq!(verdict(&element("Deny"), session), expected, "{listed:?}");
        let untouched = listed == [OWNER];
        let expected = if untouched { Verdict::Allow } else { Verdict::ImplicitDeny };
        assert_eq!(verdict(&element("Allow"), session), expected, "{listed:?}");
    }
}

#[test]
fn a_policy_that_is_asked_alone_must_allow_whoever_calls() {
    let root = Principal::Root { account: OWNER };
    let user = Principal::User { account: OTHER, arn: "arn:aws:iam::444455556666:user/ann" };
    for (answer, expected) in
        [("Allow", Verdict::Allow), ("Silent", Verdict::ImplicitDeny), ("Deny", Verdict::ExplicitDeny)]
    {
        let policy = policy(answer, Some(r#""*""#));
        for principal in [Principal::Anonymous, user, root] {
            let context = Context::new();
            let action = "execute-api:Invoke";
            let request = Request { principal, action, resource: API, resource_account: OWNER, context: &context };
            assert_eq!(evaluate_alone(&policy, &request).verdict, expected, "{answer} {principal:?}");
        }
    }
}
