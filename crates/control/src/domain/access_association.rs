//! `DomainNameAccessAssociation`: the leave of a VPC endpoint to use a private domain name.

use serde_json::Value;
use stagegate_model::domain::{Scope, partition_of};
use stagegate_model::keys::{AccountNoun, Key, is_segment};
use stagegate_model::rest::{AccessAssociationSourceType, DomainName, DomainNameAccessAssociation};

use super::domain_name::{arn_name, key_of_path};
use super::sharing;
use crate::account_verbs::{self, Owned, admit, insert, load, rows};
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

/// The account and the path of ARNs in a region; nothing for other ARNs.
fn parts_of<'a>(arn: &'a str, region: &str) -> Option<(Scope, &'a str)> {
    let rest = arn.strip_prefix(&format!("arn:{}:apigateway:{region}:", partition_of(region)))?;
    let (account, path) = rest.split_once(':')?;
    Some((Scope::new(account, region)?, path))
}

/// `…:/domainnameaccessassociations/domainname/{name}+{id}/vpcesource/{endpoint}` as the id of a key.
pub(crate) fn id_of_arn(arn: &str, scope: &Scope) -> Option<String> {
    let (owner, id) = parse_arn(arn, &scope.region)?;
    (owner == *scope).then_some(id)
}

/// The same for an association of whatever account, with whose it is.
fn parse_arn(arn: &str, region: &str) -> Option<(Scope, String)> {
    let (scope, path) = parts_of(arn, region)?;
    let segments: Vec<&str> = path.split('/').collect();
    match segments[..] {
        ["", "domainnameaccessassociations", "domainname", name, "vpcesource", source] => {
            Some((scope, format!("{name}|{source}"))).filter(|(_, id)| is_segment(id))
        }
        _ => None,
    }
}

/// The account of a private domain name's ARN, and the key that it names.
pub(crate) fn domain_key(arn: &str, region: &str) -> Option<(Scope, Key)> {
    let (scope, path) = parts_of(arn, region)?;
    let name = path.strip_prefix("/domainnames/").filter(|name| is_segment(name) && name.contains('+'))?;
    let key = key_of_path(&scope, name);
    Some((scope, key))
}

/// The private domain name that an ARN means, and whose it is.
async fn domain_of(arn: &str, call: &Call, transaction: &mut Transaction) -> Result<(Scope, DomainName), Fault> {
    let missing = || Fault::not_found("Invalid domain name identifier specified");
    let (scope, key) = domain_key(arn, &call.scope.region)
        .ok_or_else(|| Fault::bad_request(format!("Invalid private domain name ARN specified: {arn}")))?;
    let (_, domain) = row_at(transaction, key, missing).await?;
    Ok((scope, domain))
}

/// `CreateDomainNameAccessAssociation`. The domain name may be another account's: whether its management policy shares it with
/// the caller was asked before.
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
    let (_, domain) = domain_of(&domain_arn, call, transaction).await?;
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

/// `GetDomainNameAccessAssociations`. Those of other accounts are with the private domain names of this one.
pub(crate) async fn list(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    if !sharing::asks_for_others(call)? {
        return account_verbs::list::<DomainNameAccessAssociation>(call, transaction).await;
    }
    let mut items = Vec::new();
    for (scope, id, row) in sharing::rows_of_others::<DomainNameAccessAssociation>(call, transaction).await? {
        let owner = domain_key(row.domain_name_arn.as_deref().unwrap_or_default(), &call.scope.region);
        if owner.is_some_and(|(owner, _)| owner == call.scope) {
            // Tags are for whoever gave them.
            let shown = DomainNameAccessAssociation { tags: None, ..row }.show()?;
            items.push((format!("{}/{id}", scope.account), shown));
        }
    }
    sharing::page(items, call)
}

/// `DeleteDomainNameAccessAssociation`.
pub(crate) async fn delete(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (key, _) = load::<DomainNameAccessAssociation>(call, transaction).await?;
    transaction.delete(&key.to_string());
    Ok(Reply::Empty)
}

/// `RejectDomainNameAccessAssociation`: the owner of the domain name takes the leave back, whoever's the association is.
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
    let (owner, domain) = domain_of(domain_arn.unwrap_or_default(), call, transaction).await?;
    if owner != call.scope {
        return Err(Fault::not_found("Invalid domain name identifier specified"));
    }
    let (maker, id) = parse_arn(association_arn.unwrap_or_default(), &call.scope.region).ok_or_else(missing)?;
    let key = maker.noun(AccountNoun::DomainNameAccessAssociation, &id);
    let (key, row): (_, DomainNameAccessAssociation) = row_at(transaction, key, missing).await?;
    if row.domain_name_arn != domain.domain_name_arn {
        return Err(missing());
    }
    transaction.delete(&key.to_string());
    Ok(Reply::Empty)
}

/// Deletes the associations of a private domain name, whoever's they are.
pub(super) async fn delete_of(domain: &DomainName, call: &Call, transaction: &mut Transaction) -> Result<(), Fault> {
    if domain.domain_name_id.is_none() {
        return Ok(());
    }
    for scope in transaction.accounts_in(&call.scope.region).await? {
        for (id, row) in rows::<DomainNameAccessAssociation>(&scope, transaction).await? {
            if row.domain_name_arn == domain.domain_name_arn {
                transaction.delete(&scope.noun(AccountNoun::DomainNameAccessAssociation, &id).to_string());
            }
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
