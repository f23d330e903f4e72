//! `DomainNameAccessAssociation`: the leave of a VPC endpoint to use a private domain name.

use serde_json::Value;
use stagegate_model::domain::{Scope, partition_of};
use stagegate_model::keys::{AccountNoun, is_segment};
use stagegate_model::rest::{AccessAssociationSourceType, DomainName, DomainNameAccessAssociation};

use super::domain_name::{arn_name, key_of_path, list_owned};
use crate::account_verbs::{Owned, admit, insert, load, rows};
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::input::Input;
use crate::patch::PatchRow;
use crate::rest::{endpoint, tags};
use crate::transaction::Transaction;
use crate::verbs::{document, row_at};

/// Associations are not patched.
const PATCH: &[PatchRow<DomainNameAccessAssociation>] = &[];

impl Owned for DomainNameAccessAssociation {
    type Row = Self;
    const KIND: AccountNoun = AccountNoun::DomainNameAccessAssociation;
    const PATCH: &'static [PatchRow<Self>] = PATCH;

    fn id(call: &Call) -> String {
        id_of_arn(call.parameter("domain_name_access_association_arn"), &call.scope).unwrap_or_default()
    }

    fn missing(_call: &Call) -> Fault {
        missing()
    }

    fn show(&self) -> Result<Value, Fault> {
        document(self)
    }
}

fn missing() -> Fault {
    Fault::not_found("Invalid domain name access association identifier specified")
}

/// The path of ARNs in an account and region; nothing for other ARNs.
fn path_of<'a>(arn: &'a str, scope: &Scope) -> Option<&'a str> {
    let prefix = format!("arn:{}:apigateway:{}:{}:", partition_of(&scope.region), scope.region, scope.account);
    arn.strip_prefix(&prefix)
}

/// `…:/domainnameaccessassociations/domainname/{name}+{id}/vpcesource/{endpoint}` as the id of a key.
pub(crate) fn id_of_arn(arn: &str, scope: &Scope) -> Option<String> {
    let segments: Vec<&str> = path_of(arn, scope)?.split('/').collect();
    match segments[..] {
        ["", "domainnameaccessassociations", "domainname", name, "vpcesource", source] => {
            Some(format!("{name}|{source}")).filter(|id| is_segment(id))
        }
        _ => None,
    }
}

/// The private domain name that an ARN means.
async fn domain_of(arn: &str, call: &Call, transaction: &mut Transaction) -> Result<DomainName, Fault> {
    let missing = || Fault::not_found("Invalid domain name identifier specified");
    let path = path_of(arn, &call.scope).and_then(|path| path.strip_prefix("/domainnames/"));
    let name = path
        .filter(|name| is_segment(name) && name.contains('+'))
        .ok_or_else(|| Fault::bad_request(format!("Invalid private domain name ARN specified: {arn}")))?;
    let (_, domain) = row_at(transaction, key_of_path(&call.scope, name), missing).await?;
    Ok(domain)
}

/// `CreateDomainNameAccessAssociation`.
pub(crate) async fn create(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut input = Input::of(call)?;
    let domain_arn = input.required_text("domainNameArn")?;
    let kind = input.required_choice("accessAssociationSourceType", AccessAssociationSourceType::NAMES)?;
    let source = input.required_text("accessAssociationSource")?;
    let tags = tags::settle(input.text_map("tags")?)?;
    input.finish()?;
    if !endpoint::is_vpc_endpoint(&source) {
        return Err(endpoint::no_vpc_endpoint(&source));
    }
    let domain = domain_of(&domain_arn, call, transaction).await?;
    let name = arn_name(&domain);
    let Scope { account, region } = &call.scope;
    let path = format!("/domainnameaccessassociations/domainname/{name}/vpcesource/{source}");
    let id = format!("{name}|{source}");
    if transaction.exists(&call.scope.noun(AccountNoun::DomainNameAccessAssociation, &id).to_string()).await? {
        return Err(Fault::conflict("Domain name access association already exists"));
    }
    let quota = "rest_domain_access_associations_count";
    let message = "Maximum number of domain name access associations for this account has been reached.";
    admit::<DomainNameAccessAssociation>(quota, message, call, transaction).await?;
    let association = DomainNameAccessAssociation {
        domain_name_access_association_arn: format!(
            "arn:{}:apigateway:{region}:{account}:{path}",
            partition_of(region)
        ),
        domain_name_arn: Some(domain_arn),
        access_association_source_type: kind,
        access_association_source: Some(source),
        tags,
    };
    insert::<DomainNameAccessAssociation>(&id, association, call, transaction)
}

/// `GetDomainNameAccessAssociations`.
pub(crate) async fn list(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    list_owned::<DomainNameAccessAssociation>(call, transaction).await
}

/// `DeleteDomainNameAccessAssociation`.
pub(crate) async fn delete(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (key, _) = load::<DomainNameAccessAssociation>(call, transaction).await?;
    transaction.delete(&key.to_string());
    Ok(Reply::Empty)
}

/// `RejectDomainNameAccessAssociation`: the owner of the domain name takes the leave back.
pub(crate) async fn reject(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut input = Input::of(call)?;
    let given = |name: &str| call.query(name).filter(|text| !text.is_empty());
    let (association_arn, domain_arn) = (given("domainNameAccessAssociationArn"), given("domainNameArn"));
    for (member, value) in [("domainNameAccessAssociationArn", association_arn), ("domainNameArn", domain_arn)] {
        if value.is_none() {
            input.broken("null", member, "Member must not be null");
        }
    }
    input.finish()?;
    let domain = domain_of(domain_arn.unwrap_or_default(), call, transaction).await?;
    let id = id_of_arn(association_arn.unwrap_or_default(), &call.scope).ok_or_else(missing)?;
    let key = call.scope.noun(AccountNoun::DomainNameAccessAssociation, &id);
    let (key, row): (_, DomainNameAccessAssociation) = row_at(transaction, key, missing).await?;
    if row.domain_name_arn != domain.domain_name_arn {
        return Err(missing());
    }
    transaction.delete(&key.to_string());
    Ok(Reply::Empty)
}

/// Deletes the associations of a domain name.
pub(super) async fn delete_of(domain: &DomainName, call: &Call, transaction: &mut Transaction) -> Result<(), Fault> {
    for (id, row) in rows::<DomainNameAccessAssociation>(&call.scope, transaction).await? {
        if row.domain_name_arn == domain.domain_name_arn {
            transaction.delete(&call.scope.noun(AccountNoun::DomainNameAccessAssociation, &id).to_string());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_arn_of_this_account_and_region_has_an_id(name in "[a-z.]{1,9}[+][a-z0-9]{10}", source in "vpce-[0-9a-f]{1,17}") {
            let scope = Scope { account: "000000000000".to_owned(), region: "us-east-1".to_owned() };
            let path = format!("/domainnameaccessassociations/domainname/{name}/vpcesource/{source}");
            let arn = format!("arn:aws:apigateway:us-east-1:000000000000:{path}");
            prop_assert_eq!(id_of_arn(&arn, &scope), Some(format!("{name}|{source}")));
            prop_assert_eq!(id_of_arn(&arn.replace("us-east-1", "eu-west-1"), &scope), None);
            prop_assert_eq!(id_of_arn(&format!("{arn}/x"), &scope), None);
        }
    }
}
