//! Who calls, and the Principal and `NotPrincipal` elements.

use crate::cursor::Cursor;
use crate::document::Effect;
use crate::error::{Fault, ParseError};

/// Who makes a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Principal<'a> {
    /// Nobody known: an unsigned request.
    Anonymous,
    /// Somebody an authorizer of this account vouches for; only `*` names them in a resource policy.
    Authorized {
        /// The account of the authorizer.
        account: &'a str,
    },
    /// The root user of an account.
    Root {
        /// The account.
        account: &'a str,
    },
    /// An IAM user.
    User {
        /// The account.
        account: &'a str,
        /// The user's ARN.
        arn: &'a str,
    },
    /// A session of an assumed role.
    RoleSession {
        /// The account.
        account: &'a str,
        /// The session's ARN, `arn:aws:sts::…:assumed-role/…`.
        arn: &'a str,
        /// The role's ARN.
        role_arn: &'a str,
    },
    /// A session that `GetFederationToken` made.
    FederatedUser {
        /// The account.
        account: &'a str,
        /// The session's ARN, `arn:aws:sts::…:federated-user/…`.
        arn: &'a str,
        /// The ARN of the user who made the session.
        user_arn: &'a str,
    },
    /// Somebody an identity provider vouches for, before a role is assumed.
    WebIdentity {
        /// The provider's name or ARN, as the Federated principal spells it.
        provider: &'a str,
    },
    /// An AWS service.
    Service {
        /// Its name, such as `apigateway.amazonaws.com`.
        name: &'a str,
    },
}

impl<'a> Principal<'a> {
    /// The account whose identity policies speak for the caller.
    pub fn account(&self) -> Option<&'a str> {
        match *self {
            Self::Anonymous | Self::WebIdentity { .. } | Self::Service { .. } => None,
            Self::Authorized { account }
            | Self::Root { account }
            | Self::User { account, .. }
            | Self::RoleSession { account, .. }
            | Self::FederatedUser { account, .. } => Some(account),
        }
    }

    /// The caller's own ARN, and the ARN of the role or user behind a session.
    fn arns(&self) -> (Option<&'a str>, Option<&'a str>) {
        match *self {
            Self::User { arn, .. } => (Some(arn), None),
            Self::RoleSession { arn, role_arn: behind, .. } | Self::FederatedUser { arn, user_arn: behind, .. } => {
                (Some(arn), Some(behind))
            }
            _ => (None, None),
        }
    }
}

/// How directly a resource policy's Allow names the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grant {
    /// By the account: it hands the decision to the account's identity policies, within the account as well as across accounts
    /// (IAM User Guide, "AWS account principals").
    Delegated,
    /// By the role or user behind the session: boundaries and session policies still limit it.
    Limited,
    /// By `*` or by the caller's own ARN.
    Direct,
}

/// One principal of an element.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Named {
    Anyone,
    Account(String),
    Arn(String),
    Federated(String),
    Service(String),
}

impl Named {
    fn grant(&self, caller: &Principal<'_>) -> Option<Grant> {
        let direct = |named: bool| named.then_some(Grant::Direct);
        match (self, caller) {
            (Self::Anyone, _) => Some(Grant::Direct),
            (Self::Account(id), Principal::Root { account }) => direct(id == account),
            // Whom an authorizer knows is no principal of the account.
            (Self::Account(_), Principal::Authorized { .. }) => None,
            (Self::Account(id), _) => (caller.account() == Some(id)).then_some(Grant::Delegated),
            (Self::Arn(arn), _) => match caller.arns() {
                (Some(own), _) if own == arn => Some(Grant::Direct),
                (_, Some(behind)) if behind == arn => Some(Grant::Limited),
                _ => None,
            },
            (Self::Federated(named), Principal::WebIdentity { provider }) => direct(named == provider),
            (Self::Service(named), Principal::Service { name }) => direct(named.eq_ignore_ascii_case(name)),
            (Self::Federated(_) | Self::Service(_), _) => None,
        }
    }
}

/// A Principal or `NotPrincipal` element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Principals {
    negated: bool,
    named: Vec<Named>,
}

impl Principals {
    /// Whether a statement of this effect is about the caller, and how directly.
    ///
    /// `NotPrincipal`: a Deny spares only a caller whose every link is listed (session, role or user, account), as the IAM
    /// User Guide demands of its authors; an Allow applies only to a caller of whom no link is listed.
    pub(crate) fn grant(&self, effect: Effect, caller: &Principal<'_>) -> Option<Grant> {
        let best = self.named.iter().filter_map(|named| named.grant(caller)).max();
        let about = match (self.negated, effect) {
            (false, _) => return best,
            (true, Effect::Allow) => best.is_none(),
            (true, Effect::Deny) => !self.lists_every_link(caller),
        };
        about.then_some(Grant::Direct)
    }

    fn lists_every_link(&self, caller: &Principal<'_>) -> bool {
        let lists_arn = |arn: &str| self.named.iter().any(|named| matches!(named, Named::Arn(listed) if listed == arn));
        let lists_account =
            |id: &str| self.named.iter().any(|named| matches!(named, Named::Account(listed) if listed == id));
        if self.named.contains(&Named::Anyone) {
            return true;
        }
        match (caller, caller.account()) {
            (Principal::Authorized { .. }, _) => false,
            (_, None) => self.named.iter().any(|named| named.grant(caller).is_some()),
            (_, Some(account)) => {
                let (own, behind) = caller.arns();
                lists_account(account) && own.is_none_or(lists_arn) && behind.is_none_or(lists_arn)
            }
        }
    }
}

const FORMS: &str = "\"*\" or an object with the members AWS, Federated, Service";
const AWS_FORMS: &str = "*, a 12-digit account id, or the full ARN of an account's root, a user, a role or a session";

/// Reads a Principal (or, `negated`, a `NotPrincipal`) element.
pub(crate) fn principals(at: &Cursor<'_>, negated: bool) -> Result<Principals, ParseError> {
    if !at.is_object() {
        return match at.text(FORMS)? {
            "*" => Ok(Principals { negated, named: vec![Named::Anyone] }),
            _ => Err(at.wrong(FORMS)),
        };
    }
    let mut named = Vec::new();
    for (name, member) in at.members(FORMS)? {
        if !matches!(name, "AWS" | "Federated" | "Service") {
            return Err(at.error(Fault::Unknown { name: name.to_owned(), allowed: "AWS, Federated, Service" }));
        }
        for value in member.values()? {
            named.push(match name {
                "AWS" => aws(value.text(AWS_FORMS)?).ok_or_else(|| value.wrong(AWS_FORMS))?,
                "Federated" => Named::Federated(full_name(&value)?),
                _ => Named::Service(full_name(&value)?),
            });
        }
    }
    if named.is_empty() {
        return Err(at.error(Fault::Missing("AWS, Federated or Service")));
    }
    Ok(Principals { negated, named })
}

/// A name in full: no wildcard may stand for a part of a principal.
fn full_name(at: &Cursor<'_>) -> Result<String, ParseError> {
    const NAME: &str = "a full name without wildcards";
    let name = at.text(NAME)?;
    if name.is_empty() || name.contains(['*', '?']) { Err(at.wrong(NAME)) } else { Ok(name.to_owned()) }
}

fn aws(text: &str) -> Option<Named> {
    if text == "*" {
        return Some(Named::Anyone);
    }
    let is_account = |id: &str| id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit());
    if is_account(text) {
        return Some(Named::Account(text.to_owned()));
    }
    if text.contains(['*', '?']) {
        return None;
    }
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", partition, service @ ("iam" | "sts"), "", account, resource] = parts[..] else { return None };
    if partition.is_empty() || !is_account(account) {
        return None;
    }
    if (service, resource) == ("iam", "root") {
        return Some(Named::Account(account.to_owned()));
    }
    let folders = if service == "iam" { ["user/", "role/"] } else { ["assumed-role/", "federated-user/"] };
    let names = |folder: &&str| resource.strip_prefix(*folder).is_some_and(|name| !name.is_empty());
    folders.iter().any(names).then(|| Named::Arn(text.to_owned()))
}
