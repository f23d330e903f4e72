//! A token verified from scratch: taken apart, its issuer found, its signature checked, then what it claims.

use std::sync::Arc;

use serde_json::Value;
use stagegate_jwt::{Claims, Token};
use stagegate_plan::{AudienceClaims, ClaimForm, ClaimRule, TokenIssuer, TokenRules};
use tokio::time::Instant;

use super::cache::{TokenCache, VerifiedWith, digest_of};
use super::claims::shown;
use super::why::Why;
use crate::authorize::caller::AuthorizerAnswer;
use crate::keys::{IssuerKeys, KeySource, KeyState, KeyTrouble};

/// What is known of a token that was verified.
#[derive(Debug, Default)]
pub(super) struct Verified {
    /// What later rooms show of it.
    pub(super) answer: Arc<AuthorizerAnswer>,
    /// From this second since 1970 on it does not count any more.
    pub(super) ends_s: u64,
    /// Bytes of names and texts that are kept.
    pub(super) bytes: usize,
    pub(super) token_use: TokenUse,
}

/// What a token is for: `token_use`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum TokenUse {
    /// `id`
    Identity,
    /// `access`
    Access,
    /// Its issuer does not tell.
    #[default]
    Untold,
}

/// What tokens are verified with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Verifier<'v> {
    /// Who has the keys.
    pub(super) source: &'v dyn KeySource,
    /// What was verified before.
    pub(super) cache: &'v TokenCache,
    /// How far dates may be off, in seconds.
    pub(super) leeway_s: u64,
    /// Now, in seconds since 1970.
    pub(super) now_s: u64,
    /// The same moment on the monotonic clock.
    pub(super) now: Instant,
}

impl Verifier<'_> {
    /// Verifies a token for a route with these scopes, or remembers that it was.
    pub(super) async fn verify(
        self,
        text: &[u8],
        rules: &Arc<TokenRules>,
        scopes: &[Box<str>],
    ) -> Result<Arc<Verified>, Why> {
        let digest = digest_of(text);
        let verified = if let Some(verified) = self.cache.get(digest, rules, self.now_s, self.now) {
            verified
        } else {
            let (verified, with) = self.anew(text, rules).await?;
            let verified = Arc::new(verified);
            self.cache.put(digest, rules, with, &verified);
            verified
        };
        verified.allows(rules, scopes)?;
        Ok(verified)
    }

    async fn anew(self, text: &[u8], rules: &TokenRules) -> Result<(Verified, VerifiedWith), Why> {
        let token = Token::parse(text)?;
        let (issuer, keys) = self.issuer(token.claims(), rules)?;
        let is_taken = keys.algorithms.contains(token.algorithm())
            || matches!(rules, TokenRules::Jwt { algorithms, .. } if algorithms.contains(token.algorithm()));
        if !is_taken {
            return Err(Why::Algorithm);
        }
        keys.note_use(self.now_s);
        let state = self.state(&keys, &token).await?;
        let key = state.keys.find(token.key_id(), token.algorithm()).ok_or(Why::UnknownKey)?;
        key.verify(&token).map_err(|_mismatch| Why::Signature)?;
        let claims = token.into_claims();
        let ends_s = claims.check_time(self.now_s, self.leeway_s)?;
        check_claims(&claims, rules, issuer)?;
        let token_use = if keys.tells_token_use { told_use(&claims)? } else { TokenUse::of(&claims)? };
        let verified = Verified::new(&claims, rules, ends_s, token_use);
        Ok((verified, VerifiedWith { generation: state.generation, issuer: keys }))
    }

    /// The issuer that the token names, if the authorizer trusts it.
    fn issuer<'r>(
        self,
        claims: &Claims,
        rules: &'r TokenRules,
    ) -> Result<(Option<&'r TokenIssuer>, Arc<IssuerKeys>), Why> {
        let name = claims.text("iss").ok_or(Why::Issuer)?;
        match rules {
            TokenRules::UserPools { pools, .. } => {
                for pool in pools {
                    let keys = self.source.user_pool(pool).ok_or(Why::NoKeys(KeyTrouble::Keys))?;
                    if *keys.issuer == *name {
                        return Ok((None, keys));
                    }
                }
                Err(Why::Issuer)
            }
            TokenRules::Jwt { issuers, .. } => {
                let issuer = issuers.iter().find(|issuer| *issuer.issuer == *name).ok_or(Why::Issuer)?;
                Ok((Some(issuer), self.source.issuer(issuer).ok_or(Why::NoKeys(KeyTrouble::Keys))?))
            }
        }
    }

    /// The issuer's keys with the one that the token names, fetched where there is none such.
    async fn state(self, keys: &Arc<IssuerKeys>, token: &Token<'_>) -> Result<Arc<KeyState>, Why> {
        let state = keys.state();
        // A key that is there, but cannot be used or not with this algorithm, stays what it is.
        if state.is_usable(self.now) && state.keys.has(token.key_id()) {
            return Ok(state);
        }
        self.source.refresh(keys).await;
        let state = keys.state();
        if state.is_usable(Instant::now()) { Ok(state) } else { Err(Why::NoKeys(keys.trouble())) }
    }
}

/// What claims must be, apart from dates.
fn check_claims(claims: &Claims, rules: &TokenRules, issuer: Option<&TokenIssuer>) -> Result<(), Why> {
    let audiences = audiences(claims, rules);
    if let TokenRules::UserPools { audience: Some(expression), .. } = rules
        && !audiences.iter().any(|audience| expression.is_match(audience))
    {
        return Err(Why::Audience);
    }
    let Some(issuer) = issuer else { return Ok(()) };
    if !issuer.audiences.iter().any(|wanted| audiences.contains(&&**wanted)) {
        return Err(Why::Audience);
    }
    if issuer.claims.iter().all(|rule| fits(claims, rule)) { Ok(()) } else { Err(Why::Claim) }
}

/// For whom a token says that it is.
fn audiences<'c>(claims: &'c Claims, rules: &TokenRules) -> Vec<&'c str> {
    let may_be_client = matches!(rules, TokenRules::Jwt { audience: AudienceClaims::AudOrClientId, .. });
    if may_be_client && claims.get("aud").is_none() {
        return claims.text("client_id").into_iter().collect();
    }
    claims.audiences()
}

/// `SINGLE_STRING`: a text, equal to one of the expected ones, letter case included (service model, `JwtAdditionalClaim`).
fn fits(claims: &Claims, rule: &ClaimRule) -> bool {
    match claims.get(&rule.name) {
        Some(Value::String(text)) => rule.expected.is_empty() || rule.expected.iter().any(|value| **value == **text),
        Some(_) => false,
        None => !rule.is_required,
    }
}

impl TokenUse {
    /// Of a token whose issuer may tell.
    fn of(claims: &Claims) -> Result<Self, Why> {
        if claims.get("token_use").is_none() { Ok(Self::Untold) } else { told_use(claims) }
    }
}

fn told_use(claims: &Claims) -> Result<TokenUse, Why> {
    match claims.text("token_use") {
        Some("id") => Ok(TokenUse::Identity),
        Some("access") => Ok(TokenUse::Access),
        _ => Err(Why::TokenUse),
    }
}

impl Verified {
    fn new(claims: &Claims, rules: &TokenRules, ends_s: u64, token_use: TokenUse) -> Self {
        let scopes: Box<[Box<str>]> = claims.scopes().into_iter().map(Box::from).collect();
        let shown = shown(claims, rules);
        let lengths = shown.iter().map(|(name, text)| name.len() + text.len() + size_of::<(Box<str>, Box<str>)>());
        let bytes = lengths.chain(scopes.iter().map(|scope| scope.len() + size_of::<Box<str>>())).sum();
        let answer = AuthorizerAnswer {
            claims: shown,
            claims_are_json: matches!(rules, TokenRules::Jwt { claims: ClaimForm::Json, .. }),
            scopes,
            ..AuthorizerAnswer::default()
        };
        Self { answer: Arc::new(answer), ends_s, bytes, token_use }
    }

    /// Whether the token is what a route with these scopes asks for (fact A25).
    fn allows(&self, rules: &TokenRules, scopes: &[Box<str>]) -> Result<(), Why> {
        if matches!(rules, TokenRules::UserPools { .. }) {
            let wanted = if scopes.is_empty() { TokenUse::Identity } else { TokenUse::Access };
            if self.token_use != TokenUse::Untold && self.token_use != wanted {
                return Err(Why::TokenUse);
            }
        }
        let has_one = scopes.is_empty() || scopes.iter().any(|scope| self.answer.scopes.contains(scope));
        if has_one { Ok(()) } else { Err(Why::Scope) }
    }
}
