//! An API's own settings: `info` and the API-level extensions.

use stagegate_model::rest::{EndpointConfiguration, IpAddressType, StringMap};

use super::{
    extensions::{self, choice},
    scope::{Dialect, Scope},
};
use crate::{
    definition::ApiDefinition,
    document::{Cursor, Value, excerpt},
    error::ImportError,
};

/// Largest compression threshold in bytes (fact 1.16).
const COMPRESSION_LIMIT_BYTES: i64 = 10_485_760;

/// What `info` says of an API.
pub(super) struct Info {
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) version: Option<String>,
}

/// What the endpoint configurations say together.
#[derive(Default)]
pub(super) struct Endpoint {
    pub(super) configuration: Option<EndpointConfiguration>,
    /// `disableExecuteApiEndpoint`.
    pub(super) is_disabled: Option<bool>,
}

pub(super) fn info(root: Cursor<'_>) -> Result<Info, ImportError> {
    let Some(info) = root.get("info") else {
        return Err(root.error("the definition has no `info`", "`info` with `title` and `version`"));
    };
    let Some(title) = info.get("title") else {
        return Err(info.error("the definition has no title", "`info.title`, which names the API"));
    };
    let name = title.text()?.to_owned();
    if name.is_empty() {
        return Err(title.error("API name must not be empty", "a title"));
    }
    let (description, version) = (optional_text(info.get("description"))?, optional_text(info.get("version"))?);
    Ok(Info { name, description, version })
}

pub(super) fn read(scope: &mut Scope<'_>) -> Result<ApiDefinition, ImportError> {
    let root = scope.root;
    let Info { name, description, version } = info(root)?;
    let mut api = ApiDefinition {
        name,
        description,
        version,
        binary_media_types: root.get("x-amazon-apigateway-binary-media-types").map(texts).transpose()?,
        policy: root.get("x-amazon-apigateway-policy").map(policy).transpose()?,
        api_key_source: root.get("x-amazon-apigateway-api-key-source").map(choice).transpose()?,
        minimum_compression_size: root
            .get("x-amazon-apigateway-minimum-compression-size")
            .map(compression)
            .transpose()?,
        security_policy: root.get("x-amazon-apigateway-security-policy").map(extensions::exact_choice).transpose()?,
        endpoint_access_mode: root.get("x-amazon-apigateway-endpoint-access-mode").map(choice).transpose()?,
        tags: tags(root, None)?,
        ..ApiDefinition::default()
    };
    let endpoint = endpoint(scope)?;
    (api.endpoint_configuration, api.disable_execute_api_endpoint) = (endpoint.configuration, endpoint.is_disabled);
    Ok(api)
}

fn optional_text(place: Option<Cursor<'_>>) -> Result<Option<String>, ImportError> {
    place.map(|place| place.text().map(str::to_owned)).transpose()
}

/// A list of strings.
pub(super) fn texts(place: Cursor<'_>) -> Result<Vec<String>, ImportError> {
    place.items()?.map(|item| item.text().map(str::to_owned)).collect()
}

/// A resource policy, written as an object or as its JSON text.
fn policy(place: Cursor<'_>) -> Result<String, ImportError> {
    let document = match place.value() {
        Value::Mapping(_) => place.json(),
        Value::Text(text) => serde_json::from_str(text)
            .map_err(|error| place.error(format!("the policy is not JSON: {error}"), "a policy document"))?,
        _ => return Err(place.error("the policy is neither an object nor a JSON text", "a policy document")),
    };
    Ok(document.to_string())
}

fn compression(place: Cursor<'_>) -> Result<i32, ImportError> {
    let bytes = place.integer()?;
    let in_range = (0..=COMPRESSION_LIMIT_BYTES).contains(&bytes);
    i32::try_from(bytes).ok().filter(|_| in_range).ok_or_else(|| {
        let message = "Invalid minimum compression size, must be between 0 and 10485760";
        place.error(message, "a number of bytes from 0 to 10485760")
    })
}

/// The document's tags with a value of API Gateway's; the others have the value `bare`, if that is given.
pub(super) fn tags(root: Cursor<'_>, bare: Option<&str>) -> Result<StringMap, ImportError> {
    let mut tags = StringMap::new();
    let Some(list) = root.get("tags") else { return Ok(tags) };
    for tag in list.items()? {
        let value = tag.get("x-amazon-apigateway-tag-value").map(Cursor::text).transpose()?.or(bare);
        if let (Some(name), Some(value)) = (tag.get("name"), value) {
            tags.insert(name.text()?.to_owned(), value.to_owned());
        }
    }
    Ok(tags)
}

/// What the endpoint configurations of the document say.
pub(super) fn endpoint(scope: &mut Scope<'_>) -> Result<Endpoint, ImportError> {
    let mut endpoint = Endpoint::default();
    for configuration in endpoint_configurations(scope)? {
        apply_endpoint_configuration(scope, configuration, &mut endpoint)?;
    }
    Ok(endpoint)
}

/// The endpoint configuration stands at the top in Swagger 2.0 and under the servers in OpenAPI 3.0; either is read.
fn endpoint_configurations<'d>(scope: &mut Scope<'d>) -> Result<Vec<Cursor<'d>>, ImportError> {
    const KEY: &str = "x-amazon-apigateway-endpoint-configuration";
    let mut found: Vec<_> = scope.root.get(KEY).into_iter().collect();
    if let (Dialect::OpenApi3, Some(servers)) = (scope.dialect, scope.root.get("servers")) {
        for server in servers.items()? {
            extensions::check(scope, server, &["endpoint-configuration"])?;
            found.extend(server.get(KEY));
        }
    }
    Ok(found)
}

fn apply_endpoint_configuration(
    scope: &mut Scope<'_>,
    place: Cursor<'_>,
    endpoint: &mut Endpoint,
) -> Result<(), ImportError> {
    let mut configuration = endpoint.configuration.take().unwrap_or_default();
    for (key, member) in place.members()? {
        match key {
            "disableExecuteApiEndpoint" => endpoint.is_disabled = Some(member.boolean()?),
            "vpcEndpointIds" => configuration.vpc_endpoint_ids = Some(texts(member)?),
            "ipAddressType" => configuration.ip_address_type = Some(ip_address_type(member)?),
            "types" => configuration.types = Some(member.items()?.map(choice).collect::<Result<_, _>>()?),
            _ => scope
                .warn(member, format!("the endpoint configuration has no member {:?}; it is ignored", excerpt(key))),
        }
    }
    endpoint.configuration = (configuration != EndpointConfiguration::default()).then_some(configuration);
    Ok(())
}

fn ip_address_type(place: Cursor<'_>) -> Result<IpAddressType, ImportError> {
    let text = place.text()?;
    text.to_ascii_lowercase().parse().map_err(|_| {
        place.error(
            format!("{:?} is no address type", excerpt(text)),
            format!("one of {}", IpAddressType::NAMES.join(", ")),
        )
    })
}
