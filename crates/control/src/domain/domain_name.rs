//! `DomainName`: a host name of the user's own. Private ones have an id, since two can have the same name.

use serde_json::Value;
use stagegate_model::domain::{Scope, partition_of};
use stagegate_model::keys::{AccountNoun, Key};
use stagegate_model::rest::{
    DomainName, DomainNameStatus, EndpointAccessMode, MutualTlsAuthentication, RoutingMode, SecurityPolicy,
};
use stagegate_store::BoxFuture;

use super::exposure::{self, is_private};
use super::{access_association, mapping, owner, sharing, upload};
use crate::account_verbs::{self, Owned, admit, insert};
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::input::Input;
use crate::patch::{Operation, PatchRow};
use crate::rest::{endpoint, policy, tags};
use crate::transaction::Transaction;
use crate::verbs::document;

pub(crate) use super::domain_name_patch::PATCH;
use super::domain_name_patch::screen;

/// Characters of a private domain name's id.
const ID_LENGTH: usize = 10;

impl Owned for DomainName {
    type Row = Self;
    const KIND: AccountNoun = AccountNoun::DomainName;
    const PATCH: &'static [PatchRow<Self>] = PATCH;

    fn id(call: &Call) -> String {
        let name = call.parameter("domain_name").to_ascii_lowercase();
        // The name of a private domain name never stands in for its id, too: permissions tell the two apart.
        if name.contains('|') { String::new() } else { key_id(&name, private_id(call)) }
    }

    fn missing(_call: &Call) -> Fault {
        Fault::not_found("Invalid domain name identifier specified")
    }

    fn screen(operations: &[Operation]) -> Result<(), Fault> {
        screen(operations)
    }

    fn settle<'c>(
        before: &'c Self,
        row: &'c mut Self,
        call: &'c Call,
        _transaction: &'c mut Transaction,
    ) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(async move {
            if (&before.certificate_arn, &before.certificate_name) != (&row.certificate_arn, &row.certificate_name) {
                row.certificate_upload_date = Some(call.now());
            }
            exposure::check_change(before, row)?;
            settle(row, call)
        })
    }

    /// Mappings, associations and an uploaded certificate go with their domain name.
    fn release<'c>(
        row: &'c Self,
        call: &'c Call,
        transaction: &'c mut Transaction,
    ) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(async move {
            if row.domain_name_id.is_none() {
                owner::release(&row.domain_name, call, transaction).await?;
            }
            transaction.delete_below(&mapping::prefix_of(row, &call.scope));
            transaction.delete(&upload::key_of(row, &call.scope).to_string());
            access_association::delete_of(row, call, transaction).await
        })
    }

    /// AWS shows policies as the inside of a JSON string, as it does those of APIs.
    fn show(&self) -> Result<Value, Fault> {
        let mut shown = document(self)?;
        for (member, text) in [("policy", &self.policy), ("managementPolicy", &self.management_policy)] {
            if let Some(text) = text {
                let quoted = Value::from(text.as_str()).to_string();
                shown[member] = Value::from(&quoted[1..quoted.len() - 1]);
            }
        }
        Ok(shown)
    }
}

/// The id of a domain name in its key: the name, and for private ones the id behind a `|`, which no name has.
pub(super) fn key_id(name: &str, id: Option<&str>) -> String {
    id.map_or_else(|| name.to_owned(), |id| format!("{name}|{id}"))
}

/// The id of the private domain name that a call is about.
fn private_id(call: &Call) -> Option<&str> {
    call.query("domainNameId").filter(|id| !id.is_empty())
}

/// Whether a call is about a private domain name, or something below one.
pub(crate) fn is_private_call(call: &Call) -> bool {
    private_id(call).is_some()
}

/// The name that ARNs have for the domain name of a call.
pub(crate) fn name_of_call(call: &Call) -> String {
    let name = call.parameter("domain_name").to_ascii_lowercase();
    private_id(call).map_or_else(|| name.clone(), |id| format!("{name}+{id}"))
}

/// The same for a domain name that was read.
pub(super) fn key_id_of(domain: &DomainName) -> String {
    key_id(&domain.domain_name, domain.domain_name_id.as_deref())
}

/// The key that a domain name's ARN names, when it is one: `…::/domainnames/name`, or `…:account:/domainnames/name+id`.
pub(crate) fn key_of_path(scope: &Scope, name: &str) -> Key {
    let (name, id) = name.split_once('+').map_or((name, None), |(name, id)| (name, Some(id)));
    scope.noun(AccountNoun::DomainName, &key_id(name, id))
}

/// The name that ARNs have for a domain name.
pub(super) fn arn_name(domain: &DomainName) -> String {
    let name = &domain.domain_name;
    domain.domain_name_id.as_ref().map_or_else(|| name.clone(), |id| format!("{name}+{id}"))
}

fn arn_of(domain: &DomainName, scope: &Scope) -> String {
    let (region, partition) = (&scope.region, partition_of(&scope.region));
    let account = domain.domain_name_id.as_ref().map_or("", |_| &scope.account);
    format!("arn:{partition}:apigateway:{region}:{account}:/domainnames/{}", arn_name(domain))
}

/// `CreateDomainName`.
pub(crate) async fn create(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (mut domain, uploaded) = read(call)?;
    check_name(&domain.domain_name)?;
    if exposure::types_of(&domain).len() > 1 {
        return Err(Fault::bad_request("Cannot create a domain name with multiple Endpoint Types."));
    }
    let quota = if is_private(&domain) {
        domain.domain_name_id = Some(call.new_id(ID_LENGTH));
        "rest_private_domains_count"
    } else {
        "rest_public_domains_count"
    };
    settle(&mut domain, call)?;
    let uploaded = upload::settle(uploaded, &domain, call)?;
    if domain.certificate_arn.is_some() || domain.certificate_name.is_some() {
        domain.certificate_upload_date = Some(call.now());
    }
    domain.domain_name_arn = Some(arn_of(&domain, &call.scope));
    let id = key_id_of(&domain);
    if transaction.exists(&call.scope.noun(AccountNoun::DomainName, &id).to_string()).await? {
        return Err(Fault::bad_request("The domain name you provided already exists."));
    }
    if domain.domain_name_id.is_none() {
        owner::claim(&domain.domain_name, call, transaction).await?;
    }
    let message = "Maximum number of domain names for this account has been reached.";
    admit::<DomainName>(quota, message, call, transaction).await?;
    if let Some(uploaded) = uploaded {
        transaction.put(&upload::key_of(&domain, &call.scope).to_string(), &uploaded)?;
    }
    insert::<DomainName>(&id, domain, call, transaction)
}

fn read(call: &Call) -> Result<(DomainName, [Option<String>; 3]), Fault> {
    let mut input = Input::of(call)?;
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let uploaded = upload::read(&mut input)?;
    let domain = DomainName {
        domain_name: input.required_text("domainName")?.to_ascii_lowercase(),
        certificate_name: given(input.text("certificateName")?),
        certificate_arn: given(input.text("certificateArn")?),
        regional_certificate_name: given(input.text("regionalCertificateName")?),
        regional_certificate_arn: given(input.text("regionalCertificateArn")?),
        endpoint_configuration: endpoint::read(&mut input)?,
        tags: tags::settle(input.text_map("tags")?)?,
        security_policy: input.choice("securityPolicy", SecurityPolicy::NAMES)?,
        endpoint_access_mode: input.choice("endpointAccessMode", EndpointAccessMode::NAMES)?,
        mutual_tls_authentication: read_mutual_tls(&mut input)?,
        ownership_verification_certificate_arn: given(input.text("ownershipVerificationCertificateArn")?),
        policy: given(input.text("policy")?),
        routing_mode: input.choice("routingMode", RoutingMode::NAMES)?,
        ..DomainName::default()
    };
    input.finish()?;
    Ok((domain, uploaded))
}

fn read_mutual_tls(input: &mut Input) -> Result<Option<MutualTlsAuthentication>, Fault> {
    let Some(mut nested) = input.structure("mutualTlsAuthentication")? else { return Ok(None) };
    let mutual = MutualTlsAuthentication {
        truststore_uri: nested.text("truststoreUri")?.filter(|uri| !uri.is_empty()),
        truststore_version: nested.text("truststoreVersion")?.filter(|version| !version.is_empty()),
        // Whoever settles the domain name asks for them.
        truststore_warnings: None,
    };
    input.absorb(nested);
    Ok(Some(mutual))
}

fn settle(domain: &mut DomainName, call: &Call) -> Result<(), Fault> {
    exposure::settle(domain, call)?;
    domain.routing_mode.get_or_insert(RoutingMode::BasePathMappingOnly);
    domain.domain_name_status = Some(DomainNameStatus::Available);
    let resource = format!("/domainnames/{}", arn_name(domain));
    for text in [&mut domain.policy, &mut domain.management_policy] {
        if let Some(given) = text.take() {
            *text = Some(policy::settle(&given, &call.scope, &resource, &call.world.quotas)?);
        }
    }
    Ok(())
}

/// RFC 1123 names of at least two labels; the first can be `*`.
fn check_name(name: &str) -> Result<(), Fault> {
    let labels: Vec<&str> = name.strip_prefix("*.").unwrap_or(name).split('.').collect();
    let is_label = |label: &&str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    if name.len() <= 253 && labels.len() >= 2 && labels.iter().all(is_label) {
        return Ok(());
    }
    Err(Fault::bad_request(format!("Invalid domain name: {name}")))
}

/// `GetDomainNames`. Those of other accounts are the private ones that are shared with the caller.
pub(crate) async fn list(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    if !sharing::asks_for_others(call)? {
        return account_verbs::list::<DomainName>(call, transaction).await;
    }
    let mut items = Vec::new();
    for (scope, id, row) in sharing::rows_of_others::<DomainName>(call, transaction).await? {
        if row.domain_name_id.is_some() && sharing::is_shared_with(&call.caller, &row, &scope) {
            // How the owner guards and names it is the owner's.
            let shown = DomainName { policy: None, management_policy: None, tags: None, ..row };
            items.push((format!("{}/{id}", scope.account), shown.show()?));
        }
    }
    sharing::page(items, call)
}
