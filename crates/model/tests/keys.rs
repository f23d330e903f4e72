//! Keys: what is written is read back, and nothing else is.

use proptest::prelude::*;
use stagegate_model::domain::Scope;
use stagegate_model::keys::{AccountNoun, ApiNoun, ApiScope, DomainScope, IamKey, IamNoun, Key, segment_of};
use stagegate_model::rest::HttpMethod;

fn api() -> ApiScope {
    Scope::new("000000000000", "us-east-1").expect("a valid scope").api("a1b2c3d4e5")
}

#[test]
fn every_kind_of_key_has_its_documented_layout() {
    let cases = [
        (Key::ApiId("a1b2c3d4e5".into()), "ids/a1b2c3d4e5"),
        (Key::DomainOwner("*.example.com".into()), "domains/*.example.com"),
        (Key::Iam(IamKey::new("000000000000", IamNoun::User, "Ann")), "iam/000000000000/users/ann"),
        (Key::Iam(IamKey::new("000000000000", IamNoun::Attachments, "aws/a")), "iam/000000000000/attachments/aws%2Fa"),
        (Key::Account(api().scope), "000000000000/us-east-1/account"),
        (Key::AccountGeneration(api().scope), "000000000000/us-east-1/generation"),
        (api().rest_api(), "000000000000/us-east-1/restapis/a1b2c3d4e5"),
        (api().resource("r1"), "000000000000/us-east-1/restapis/a1b2c3d4e5/resources/r1"),
        (api().method("r1", HttpMethod::Any), "000000000000/us-east-1/restapis/a1b2c3d4e5/methods/r1/ANY"),
        (api().deployment("d1"), "000000000000/us-east-1/restapis/a1b2c3d4e5/deployments/d1"),
        (api().stage("prod"), "000000000000/us-east-1/restapis/a1b2c3d4e5/stages/prod"),
        (api().noun(ApiNoun::Model, "Pet"), "000000000000/us-east-1/restapis/a1b2c3d4e5/models/Pet"),
        (
            api().noun(ApiNoun::RequestValidator, "v1"),
            "000000000000/us-east-1/restapis/a1b2c3d4e5/requestvalidators/v1",
        ),
        (api().noun(ApiNoun::Authorizer, "a1"), "000000000000/us-east-1/restapis/a1b2c3d4e5/authorizers/a1"),
        (
            api().noun(ApiNoun::GatewayResponse, "THROTTLED"),
            "000000000000/us-east-1/restapis/a1b2c3d4e5/gatewayresponses/THROTTLED",
        ),
        (api().scope.noun(AccountNoun::ApiKey, "k1"), "000000000000/us-east-1/apikeys/k1"),
        (api().scope.noun(AccountNoun::ApiKeyValue, "v"), "000000000000/us-east-1/apikeyvalues/v"),
        (api().scope.noun(AccountNoun::UsagePlan, "p1"), "000000000000/us-east-1/usageplans/p1"),
        (
            api().noun(ApiNoun::DocumentationPart, "p1"),
            "000000000000/us-east-1/restapis/a1b2c3d4e5/documentationparts/p1",
        ),
        (
            api().noun(ApiNoun::DocumentationVersion, &segment_of("v 1/2")),
            "000000000000/us-east-1/restapis/a1b2c3d4e5/documentationversions/v%201%2F2",
        ),
        (
            api().noun(ApiNoun::AuthorizerFlush, "prod"),
            "000000000000/us-east-1/restapis/a1b2c3d4e5/authorizerflushes/prod",
        ),
        (api().noun(ApiNoun::CacheFlush, "prod"), "000000000000/us-east-1/restapis/a1b2c3d4e5/cacheflushes/prod"),
        (api().scope.noun(AccountNoun::VpcLink, "l1"), "000000000000/us-east-1/vpclinks/l1"),
        (api().scope.noun(AccountNoun::ClientCertificate, "c1"), "000000000000/us-east-1/clientcertificates/c1"),
        (api().scope.noun(AccountNoun::Function, "pets"), "000000000000/us-east-1/functions/pets"),
        (api().scope.noun(AccountNoun::DomainName, "a.example|i1"), "000000000000/us-east-1/domainnames/a.example|i1"),
        (domain("a.example").mapping("(none)"), "000000000000/us-east-1/basepathmappings/a.example|(none)"),
        (domain("a.example|i1").mapping("v+1/b"), "000000000000/us-east-1/basepathmappings/a.example+i1|v+1%2Fb"),
        (
            api().scope.noun(AccountNoun::DomainNameAccessAssociation, "x"),
            "000000000000/us-east-1/domainnameaccessassociations/x",
        ),
        (Key::UsagePlanKey(api().scope, "p1".into(), "k1".into()), "000000000000/us-east-1/usageplankeys/p1/k1"),
        (Key::Usage(api().scope, "p1".into(), "k1".into()), "000000000000/us-east-1/usage/p1/k1"),
        (api().unserved(), "000000000000/us-east-1/restapis/a1b2c3d4e5/unserved"),
        (api().generation(), "000000000000/us-east-1/restapis/a1b2c3d4e5/generation"),
    ];
    for (key, text) in cases {
        assert_eq!(key.to_string(), text);
        assert_eq!(Key::parse(text), Some(key), "{text}");
    }
}

fn domain(id: &str) -> DomainScope {
    DomainScope { scope: api().scope, id: id.to_owned() }
}

#[test]
fn a_mapping_is_of_one_domain_name_whether_that_is_private_or_not() {
    let (public, private) = (domain("a.example"), domain("a.example|i1"));
    for (scope, other) in [(&public, &private), (&private, &public)] {
        let mapping = scope.mapping("v+1");
        assert!(mapping.to_string().starts_with(&scope.mappings_prefix()));
        assert!(!mapping.to_string().starts_with(&other.mappings_prefix()));
        assert_eq!((mapping.domain().as_ref(), scope.key().domain().as_ref()), (Some(scope), Some(scope)));
        assert_eq!(scope.name(), "a.example");
    }
    assert_eq!((public.is_private(), private.is_private()), (false, true));
    assert_eq!(api().rest_api().domain(), None);
    assert_eq!(api().scope.noun(AccountNoun::ApiKey, "a|b").domain(), None);
}

#[test]
fn a_key_outside_the_layout_is_no_key() {
    let cases = [
        "",
        "/",
        "ids",
        "ids/",
        "ids/a/b",
        "00000000000/us-east-1/account",
        "000000000000/US-EAST-1/account",
        "000000000000/useast1/account",
        "000000000000/us-east-1",
        "000000000000/us-east-1/restapis",
        "000000000000/us-east-1/restapis/",
        "000000000000/us-east-1/restapis/a/methods/r1",
        "000000000000/us-east-1/restapis/a/methods/r1/get",
        "000000000000/us-east-1/restapis/a/methods/r1/TRACE",
        "000000000000/us-east-1/restapis/a/stages/",
        "000000000000/us-east-1/restapis/a/stages/x y",
        "000000000000/us-east-1/restapis/a/generation/x",
        "000000000000/us-east-1/restapis/a/other",
    ];
    for text in cases {
        assert_eq!(Key::parse(text), None, "{text}");
    }
}

#[test]
fn the_prefix_of_an_api_covers_its_children_and_no_sibling() {
    let api = api();
    let longer = api.scope.api("a1b2c3d4e5f");
    assert!(api.stage("prod").to_string().starts_with(&api.prefix()));
    assert!(!api.rest_api().to_string().starts_with(&api.prefix()));
    assert!(!longer.stage("prod").to_string().starts_with(&api.prefix()));
    assert!(api.method("r1", HttpMethod::Get).to_string().starts_with(&api.methods_of_prefix("r1")));
    assert!(!api.method("r12", HttpMethod::Get).to_string().starts_with(&api.methods_of_prefix("r1")));
}

fn keys() -> impl Strategy<Value = Key> {
    let scope = ("[0-9]{12}", "[a-z]{2}-[a-z]{4,9}-[0-9]").prop_map(|(account, region)| Scope { account, region });
    let api = (scope.clone(), "[a-z0-9]{10}").prop_map(|(scope, api_id)| ApiScope { scope, api_id });
    let verb = proptest::sample::select(HttpMethod::ALL);
    prop_oneof![
        "[a-z0-9]{10}".prop_map(Key::ApiId),
        scope.prop_map(Key::Account),
        api.clone().prop_map(Key::RestApi),
        (api.clone(), "[a-z0-9]{6,10}").prop_map(|(api, id)| Key::Resource(api, id)),
        (api.clone(), "[a-z0-9]{6,10}", verb).prop_map(|(api, id, verb)| Key::Method(api, id, verb)),
        (api.clone(), "[a-z0-9]{6}").prop_map(|(api, id)| Key::Deployment(api, id)),
        (api.clone(), "[-_a-zA-Z0-9]{1,128}").prop_map(|(api, name)| Key::Stage(api, name)),
        api.clone().prop_map(Key::Unserved),
        api.prop_map(Key::Generation),
    ]
}

proptest! {
    #[test]
    fn a_written_key_reads_back(key in keys()) {
        prop_assert_eq!(Key::parse(&key.to_string()), Some(key));
    }

    #[test]
    fn any_text_that_parses_is_written_back_unchanged(text in "([ -~]{0,12}/){0,6}[ -~]{0,12}") {
        if let Some(key) = Key::parse(&text) {
            prop_assert_eq!(key.to_string(), text);
        }
    }
}
