//! Whose tokens are taken, and how long their keys are kept: the settings as types.

use std::time::Duration;

use stagegate_jwt::{Algorithm, Algorithms};
use stagegate_plan::UserPool;

use crate::functions::matches;

/// The settings of tokens and issuers. Defaults are in the rows.
#[derive(Debug, Clone, Default)]
pub(crate) struct TokenSettings {
    /// How far dates may be off.
    pub(crate) leeway_s: u64,
    /// What `JWT` authorizers take besides their own algorithms.
    pub(crate) jwt_algorithms: Algorithms,
    /// What user pools sign with.
    pub(crate) user_pool_algorithms: Algorithms,
    /// Verified tokens that are remembered, of all cores.
    pub(crate) cache_entries: u64,
    /// Bytes of them.
    pub(crate) cache_bytes: u64,
    /// How long keys are used before they are fetched again.
    pub(crate) keys_s: u64,
    /// How much longer they are used while their issuer does not answer.
    pub(crate) keys_outage_s: u64,
    /// The least time between two fetches from one issuer.
    pub(crate) refetch_s: u64,
    /// Issuers whose keys are kept.
    pub(crate) issuers_max: u64,
    /// Who issues the tokens of which user pools; the first that fits counts.
    pub(crate) user_pools: Vec<UserPoolMapping>,
}

impl TokenSettings {
    pub(super) fn lifetime(&self) -> Duration {
        Duration::from_secs(self.keys_s)
    }

    pub(super) fn outage(&self) -> Duration {
        Duration::from_secs(self.keys_outage_s)
    }

    pub(super) fn refetch(&self) -> Duration {
        Duration::from_secs(self.refetch_s)
    }

    /// The issuer of a pool's tokens, and whether it is Amazon Cognito as far as anybody said.
    pub(super) fn issuer_of(&self, pool: &UserPool) -> (String, bool) {
        match self.user_pools.iter().find(|mapping| mapping.has(pool)) {
            Some(mapping) => (mapping.issuer_of(pool), false),
            None => (cognito(pool), true),
        }
    }
}

/// Cognito's guide, "Verifying JSON web tokens"; the regions of China have a domain of their own.
fn cognito(pool: &UserPool) -> String {
    let domain = if &*pool.partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("https://cognito-idp.{}.{domain}/{}", pool.region, pool.id)
}

/// Somebody else who issues the tokens of user pools.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UserPoolMapping {
    /// ARNs of user pools, `*` for any text and `?` for any character.
    arn: String,
    /// Who issues their tokens; `{region}`, `{account}` and `{pool}` are filled in.
    issuer: String,
}

impl UserPoolMapping {
    /// A mapping; the error says what is allowed.
    pub(crate) fn new(arn: &str, issuer: &str) -> Result<Self, &'static str> {
        if !arn.starts_with("arn:") || !arn.contains(":cognito-idp:") || arn.contains(char::is_whitespace) {
            return Err("`arn` is an ARN such as arn:aws:cognito-idp:*:*:userpool/*, with `*` and `?` as wildcards");
        }
        let filled = issuer.replace("{region}", "us-east-1").replace("{account}", "0").replace("{pool}", "a");
        let rest = filled.strip_prefix("https://").or_else(|| filled.strip_prefix("http://"));
        let is_url = rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
            && filled.bytes().all(|byte| byte.is_ascii_graphic())
            && !filled.contains(['?', '#', '@', '{', '}']);
        if is_url {
            return Ok(Self { arn: arn.to_owned(), issuer: issuer.to_owned() });
        }
        Err(
            "`issuer` is an https:// URL without query and fragment, or an http:// one of this machine, in which {region}, \
             {account} and {pool} are filled in",
        )
    }

    fn has(&self, pool: &UserPool) -> bool {
        matches(self.arn.as_bytes(), pool.arn().as_bytes())
    }

    fn issuer_of(&self, pool: &UserPool) -> String {
        self.issuer.replace("{region}", &pool.region).replace("{account}", &pool.account).replace("{pool}", &pool.id)
    }
}

/// Algorithms by their names; `None` where one has no such name.
pub(crate) fn algorithms(text: &str) -> Option<Algorithms> {
    text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(Algorithm::parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_is_cognitos_unless_a_mapping_takes_it() {
        let pool = |arn| UserPool::parse(arn).expect("a pool");
        let settings = TokenSettings {
            user_pools: vec![
                UserPoolMapping::new("arn:aws:cognito-idp:*:*:userpool/dev_*", "http://localhost:9/{region}/{pool}")
                    .expect("allowed"),
            ],
            ..TokenSettings::default()
        };
        let cases = [
            ("arn:aws:cognito-idp:eu-west-1:1:userpool/dev_1", ("http://localhost:9/eu-west-1/dev_1", false)),
            (
                "arn:aws:cognito-idp:eu-west-1:1:userpool/eu-west-1_a",
                ("https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a", true),
            ),
            (
                "arn:aws-cn:cognito-idp:cn-north-1:1:userpool/cn-north-1_a",
                ("https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_a", true),
            ),
        ];
        for (arn, (issuer, is_cognito)) in cases {
            assert_eq!(settings.issuer_of(&pool(arn)), (issuer.to_owned(), is_cognito), "{arn}");
        }
    }

    #[test]
    fn mappings_and_algorithms_are_checked() {
        let arn = "arn:aws:cognito-idp:*:*:userpool/*";
        for (arn, issuer, is_allowed) in [
            (arn, "https://id.example/{pool}", true),
            (arn, "https://id.example", true),
            (arn, "ftp://id.example", false),
            (arn, "https://", false),
            (arn, "https:///x", false),
            (arn, "https://id.example?a", false),
            (arn, "https://id.example/{zone}", false),
            (arn, "https://a@id.example", false),
            ("*", "https://id.example", false),
        ] {
            assert_eq!(UserPoolMapping::new(arn, issuer).is_ok(), is_allowed, "{arn} {issuer}");
        }
        assert!(algorithms("RS256, EdDSA").is_some_and(|set| set.contains(Algorithm::EdDsa)));
        assert!(algorithms("").is_some_and(Algorithms::is_empty));
        assert!(algorithms("RS256,HS256").is_none() && algorithms("none").is_none());
    }
}
