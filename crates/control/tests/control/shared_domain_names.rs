//! Private domain names across accounts: who may associate VPC endpoints with them, who sees and who rejects that.

use serde_json::{Value, json};

use crate::plane::{ACCOUNT, NEIGHBOUR, Plane, names, text};

const ASSOCIATIONS: &str = "/domainnameaccessassociations";
const CREATE: &str = "apigateway:CreateAccessAssociation";

/// A private domain name of the first account: its path and its ARN.
async fn domain(plane: &Plane) -> (String, String) {
    let given = json!({ "domainName": "p.example.com", "certificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/1",
        "endpointConfiguration": { "types": ["PRIVATE"] }, "policy": everybody("execute-api:Invoke", "*").to_string(),
        "tags": { "owner": "us" } });
    let made = plane.call("POST", "/domainnames", given).await.ok();
    (format!("/domainnames/p.example.com?domainNameId={}", text(&made["domainNameId"])), text(&made["domainNameArn"]))
}

fn everybody(action: &str, resource: &str) -> Value {
    json!({ "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource }] })
}

fn statement(effect: &str, principal: &str, action: &str, resource: &str) -> Value {
    json!({ "Effect": effect, "Principal": { "AWS": principal }, "Action": action, "Resource": resource })
}

async fn manage(plane: &Plane, path: &str, statements: Value) {
    let policy = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
    plane.patch(path, &[("replace", "/managementPolicy", &policy)]).await.ok();
}

fn association(domain_arn: &str, source: &str) -> Value {
    json!({ "domainNameArn": domain_arn, "accessAssociationSourceType": "VPCE", "accessAssociationSource": source })
}

fn encoded(arn: &str) -> String {
    arn.replace(':', "%3A").replace('/', "%2F").replace('+', "%2B")
}

fn root_of(account: &str) -> String {
    format!("arn:aws:iam::{account}:root")
}

/// Why the root of the other account is refused.
fn refusal(arn: &str, why: &str) -> String {
    format!("User: {} is not authorized to perform: {CREATE} on resource: {arn} {why}", root_of(NEIGHBOUR))
}

#[tokio::test]
async fn the_management_policy_says_which_accounts_may_associate_endpoints() {
    let owner = Plane::new();
    let (path, arn) = domain(&owner).await;
    let neighbour = owner.of_neighbour(None);
    let silent = refusal(&arn, &format!("because no resource-based policy allows the {CREATE} action"));
    let stranger = root_of("222222222222");
    for (number, (statements, refused)) in [
        (json!([]), Some(silent.clone())),
        (json!([statement("Allow", &stranger, CREATE, &arn)]), Some(silent.clone())),
        (json!([statement("Allow", NEIGHBOUR, "apigateway:GET", &arn)]), Some(silent.clone())),
        (json!([statement("Allow", NEIGHBOUR, CREATE, &format!("{arn}0"))]), Some(silent.clone())),
        (json!([statement("Allow", &root_of(NEIGHBOUR), CREATE, &arn)]), None),
        (json!([statement("Allow", "*", CREATE, "*")]), None),
        (
            json!([statement("Allow", "*", CREATE, "*"), statement("Deny", NEIGHBOUR, CREATE, "*")]),
            Some(refusal(&arn, "with an explicit deny in a resource-based policy")),
        ),
    ]
    .into_iter()
    .enumerate()
    {
        if statements != json!([]) {
            manage(&owner, &path, statements.clone()).await;
        }
        let answer = neighbour.call("POST", ASSOCIATIONS, association(&arn, &format!("vpce-{number}"))).await;
        let Some(message) = refused else {
            let made = text(&answer.ok()["domainNameAccessAssociationArn"]);
            let place = arn.rsplit('/').next().expect("a name");
            let path = format!("{ASSOCIATIONS}/domainname/{place}/vpcesource/vpce-{number}");
            assert_eq!(made, format!("arn:aws:apigateway:us-east-1:{NEIGHBOUR}:{path}"));
            continue;
        };
        answer.refused("AccessDeniedException", &message);
    }
}

#[tokio::test]
async fn a_domain_name_that_is_not_there_looks_like_one_that_is_not_shared() {
    let owner = Plane::new();
    let (_, arn) = domain(&owner).await;
    let neighbour = owner.of_neighbour(None);
    let why = format!("because no resource-based policy allows the {CREATE} action");
    for arn in [arn.clone(), format!("{arn}0")] {
        let answer = neighbour.call("POST", ASSOCIATIONS, association(&arn, "vpce-1")).await;
        answer.refused("AccessDeniedException", &refusal(&arn, &why));
    }
    let elsewhere = arn.replace("us-east-1", "eu-west-1");
    assert_eq!(neighbour.call("POST", ASSOCIATIONS, association(&elsewhere, "vpce-1")).await.status, 400);
}

#[tokio::test]
async fn across_accounts_the_callers_own_policies_must_allow_too() {
    let owner = Plane::new();
    let (path, arn) = domain(&owner).await;
    manage(&owner, &path, json!([statement("Allow", NEIGHBOUR, CREATE, &arn)])).await;
    let own = |actions: Value| json!({ "Statement": { "Effect": "Allow", "Action": actions, "Resource": "*" } });
    let without = owner.of_neighbour(Some(&own(json!(["apigateway:POST"]))));
    assert_eq!(without.call("POST", ASSOCIATIONS, association(&arn, "vpce-1")).await.status, 403);
    let with = owner.of_neighbour(Some(&own(json!(["apigateway:POST", CREATE]))));
    with.call("POST", ASSOCIATIONS, association(&arn, "vpce-1")).await.ok();
}

#[tokio::test]
async fn a_management_policy_denies_the_owner_too() {
    let owner = Plane::new();
    let (path, arn) = domain(&owner).await;
    owner.call("POST", ASSOCIATIONS, association(&arn, "vpce-1")).await.ok();
    manage(&owner, &path, json!([statement("Deny", ACCOUNT, CREATE, "*")])).await;
    assert_eq!(owner.call("POST", ASSOCIATIONS, association(&arn, "vpce-2")).await.status, 403);
}

#[tokio::test]
async fn each_account_sees_what_the_other_owns_and_is_about_it() {
    let owner = Plane::new();
    let (path, arn) = domain(&owner).await;
    let neighbour = owner.of_neighbour(None);
    let (others, associations) =
        ("/domainnames?resourceOwner=OTHER_ACCOUNTS", format!("{ASSOCIATIONS}?resourceOwner="));
    assert_eq!(neighbour.get(others).await.ok(), json!({ "item": [] }));
    manage(&owner, &path, json!([statement("Allow", NEIGHBOUR, CREATE, &arn)])).await;
    let seen = neighbour.get(others).await.ok();
    assert_eq!(names(&seen, "domainNameArn"), std::slice::from_ref(&arn));
    for hidden in ["managementPolicy", "policy", "tags"] {
        assert_eq!(seen["item"][0].get(hidden), None, "{hidden}");
    }
    assert_eq!(owner.get(others).await.ok(), json!({ "item": [] }));
    assert_eq!(neighbour.get("/domainnames").await.ok(), json!({ "item": [] }));

    neighbour.call("POST", ASSOCIATIONS, association(&arn, "vpce-1")).await.ok();
    owner.call("POST", ASSOCIATIONS, association(&arn, "vpce-2")).await.ok();
    for (plane, whose, sources) in [
        (&owner, "OTHER_ACCOUNTS", ["vpce-1"].as_slice()),
        (&owner, "SELF", &["vpce-2"]),
        (&neighbour, "SELF", &["vpce-1"]),
        (&neighbour, "OTHER_ACCOUNTS", &[]),
    ] {
        let list = plane.get(&format!("{associations}{whose}")).await.ok();
        assert_eq!(names(&list, "accessAssociationSource"), sources, "{whose}");
    }
}

#[tokio::test]
async fn the_owner_rejects_and_only_the_maker_deletes() {
    let owner = Plane::new();
    let (path, arn) = domain(&owner).await;
    manage(&owner, &path, json!([statement("Allow", NEIGHBOUR, CREATE, &arn)])).await;
    let neighbour = owner.of_neighbour(None);
    let make = || async {
        let made = neighbour.call("POST", ASSOCIATIONS, association(&arn, "vpce-1")).await.ok();
        encoded(&text(&made["domainNameAccessAssociationArn"]))
    };
    let one = make().await;
    let query = format!("domainNameAccessAssociationArn={one}&domainNameArn={}", encoded(&arn));
    let reject = format!("/rejectdomainnameaccessassociations?{query}");
    assert_eq!(owner.delete(&format!("{ASSOCIATIONS}/{one}")).await.status, 404);
    assert_eq!(neighbour.call("POST", &reject, Value::Null).await.status, 404);
    assert_eq!(owner.call("POST", &reject, Value::Null).await.status, 202);
    assert_eq!(neighbour.get(ASSOCIATIONS).await.ok(), json!({ "item": [] }));
    let one = make().await;
    assert_eq!(neighbour.delete(&format!("{ASSOCIATIONS}/{one}")).await.status, 202);
    make().await;
    owner.delete(&path).await.ok();
    assert_eq!(neighbour.get(ASSOCIATIONS).await.ok(), json!({ "item": [] }), "it goes with the domain name");
}
