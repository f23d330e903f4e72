//! Which credentials stand for which roles, as the settings say.

use std::time::Duration;

use stagegate_sigv4::Credentials;

use super::ServiceUrl;
use crate::functions::matches;

/// A row of `[aws.roles]`.
#[derive(Debug, Clone)]
pub(crate) struct RoleRow {
    /// ARNs of roles: `*` for any text and `?` for any character.
    pub(crate) roles: String,
    /// Where their credentials come from.
    pub(crate) credentials: RoleCredentials,
}

/// Where the credentials of a role come from.
#[derive(Debug, Clone)]
pub(crate) enum RoleCredentials {
    /// They stand in the settings.
    Keys(Credentials),
    /// A profile of AWS's shared files.
    Profile(String),
    /// The role is assumed by AWS's Security Token Service.
    Assume(Assumption),
}

/// How a role is assumed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Assumption {
    /// The service; absent means AWS's own in the region.
    pub(crate) sts_endpoint: Option<ServiceUrl>,
    /// The region of the service.
    pub(crate) region: String,
    /// `RoleSessionName`
    pub(crate) session_name: String,
    /// `ExternalId`
    pub(crate) external_id: Option<String>,
    /// `DurationSeconds`
    pub(crate) duration: Duration,
}

/// The row of a role: one that names it, else the first whose pattern matches.
pub(super) fn find<'r>(rows: &'r [RoleRow], role: &str) -> Option<&'r RoleCredentials> {
    let named = rows.iter().find(|row| row.roles == role);
    let matching = || rows.iter().find(|row| matches(row.roles.as_bytes(), role.as_bytes()));
    named.or_else(matching).map(|row| &row.credentials)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_names_the_role_wins_over_patterns() {
        let row = |roles: &str, profile: &str| RoleRow {
            roles: roles.to_owned(),
            credentials: RoleCredentials::Profile(profile.to_owned()),
        };
        let rows = [
            row("arn:aws:iam::1:role/*", "first"),
            row("arn:aws:iam::*:role/p*s", "second"),
            row("arn:aws:iam::1:role/pets", "named"),
        ];
        let found = |role: &str| match find(&rows, role) {
            Some(RoleCredentials::Profile(name)) => Some(name.as_str()),
            _ => None,
        };
        assert_eq!(found("arn:aws:iam::1:role/pets"), Some("named"));
        assert_eq!(found("arn:aws:iam::1:role/cats"), Some("first"));
        assert_eq!(found("arn:aws:iam::2:role/pets"), Some("second"));
        assert_eq!(found("arn:aws:iam::2:role/cats"), None);
    }
}
