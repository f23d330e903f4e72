//! `stagegate apis`: what a running server serves, for people.

use std::time::Duration;

use serde_json::Value;

use crate::client::{CallError, Client};
use crate::served;

/// How often a stage that is not served yet is looked for, and how long apart.
const LOOKS: u32 = 40;
const LOOK_PAUSE: Duration = Duration::from_millis(50);

/// Asks the control plane and writes the list.
pub(crate) async fn list(client: &Client) -> Result<String, CallError> {
    let document = client.call("GET", served::APIS, "").await?;
    Ok(render(list_of(&document["apis"])) + &render_domains(list_of(&document["domainNames"])))
}

/// The URL of a stage once the data plane serves it; `None` if it does not within two seconds.
pub(crate) async fn invoke_url(client: &Client, api_id: &str, stage: &str) -> Result<Option<String>, CallError> {
    for _ in 0..LOOKS {
        let document = client.call("GET", served::APIS, "").await?;
        let apis = document["apis"].as_array().into_iter().flatten();
        let stages = apis.filter(|api| api["id"] == api_id).filter_map(|api| api["stages"].as_array()).flatten();
        if let Some(found) = stages.into_iter().find(|found| found["stageName"] == stage) {
            return Ok(Some(text(&found["invokeUrl"])));
        }
        tokio::time::sleep(LOOK_PAUSE).await;
    }
    Ok(None)
}

fn list_of(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn render_domains(domains: &[Value]) -> String {
    let mut lines = Vec::new();
    for domain in domains {
        lines.push(format!("{}  {}\n", text(&domain["domainName"]), text(&domain["region"])));
        for mapping in list_of(&domain["mappings"]) {
            let stage = mapping["stage"].as_str().map_or_else(String::new, |_| format!("/{}", text(&mapping["stage"])));
            let target = format!("{}{stage}", text(&mapping["restApiId"]));
            lines.push(format!("  {}  {target}  {}\n", text(&mapping["basePath"]), text(&mapping["invokeUrl"])));
        }
        lines.extend(list_of(&domain["findings"]).iter().map(|finding| format!("    ! {}\n", text(finding))));
    }
    lines.concat()
}

fn render(apis: &[Value]) -> String {
    if apis.is_empty() {
        return "No APIs yet: `stagegate import FILE --stage NAME` makes one.\n".to_owned();
    }
    let mut lines = Vec::new();
    for api in apis {
        lines.push(format!("{}  {}  {}", text(&api["id"]), text(&api["region"]), text(&api["name"])));
        let stages = api["stages"].as_array().map(Vec::as_slice).unwrap_or_default();
        if stages.is_empty() {
            lines.push("  not deployed to any stage".to_owned());
        }
        for stage in stages {
            lines.push(format!("  {}  {}", text(&stage["stageName"]), text(&stage["invokeUrl"])));
            let findings = stage["findings"].as_array().map(Vec::as_slice).unwrap_or_default();
            lines.extend(findings.iter().map(|finding| format!("    ! {}", text(finding))));
        }
    }
    lines.join("\n") + "\n"
}

/// A string without control characters: names are the API authors', and this goes to a terminal.
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().chars().filter(|character| !character.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn apis_are_listed_with_stages_urls_and_findings() {
        let apis = [
            json!({ "id": "a1", "name": "Pets\u{1b}[31m", "region": "us-east-1", "stages": [
                { "stageName": "dev", "invokeUrl": "http://a1/dev", "findings": ["a1 GET /x: API key"] },
            ]}),
            json!({ "id": "b2", "name": "Empty", "region": "eu-west-1", "stages": [] }),
        ];
        let expected = "a1  us-east-1  Pets[31m\n  dev  http://a1/dev\n    ! a1 GET /x: API key\n\
                        b2  eu-west-1  Empty\n  not deployed to any stage\n";
        assert_eq!(render(&apis), expected);
        assert!(render(&[]).contains("stagegate import FILE --stage NAME"));
    }

    #[test]
    fn domain_names_are_listed_with_mappings_and_findings() {
        let domains = [
            json!({ "domainName": "api.example.com", "region": "us-east-1", "findings": ["the base path v2 answers 403"],
            "mappings": [
                { "basePath": "v1", "restApiId": "a1", "stage": "dev", "invokeUrl": "http://api.example.com/v1" },
                { "basePath": "v2", "restApiId": "a1", "stage": null, "invokeUrl": "http://api.example.com/v2" },
            ]}),
            json!({ "domainName": "*.b.c", "region": "eu-west-1", "mappings": [], "findings": [] }),
        ];
        let expected = "api.example.com  us-east-1\n  v1  a1/dev  http://api.example.com/v1\n  \
                        v2  a1  http://api.example.com/v2\n    ! the base path v2 answers 403\n*.b.c  eu-west-1\n";
        assert_eq!(render_domains(&domains), expected);
    }
}
