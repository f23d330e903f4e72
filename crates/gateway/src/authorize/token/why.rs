//! Why a token is refused: what happened, apart from how an API says so.

use stagegate_jwt::{Malformed, Untimely};
use stagegate_plan::{GatewayResponseType, Reasons, TokenAuthorizerPlan, TokenRules};

use crate::keys::KeyTrouble;
use crate::refusal::{Cause, Refusal};

/// Why a token is refused. REST APIs hide most of it; other kinds of APIs tell it in `www-authenticate` (fact A29).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Why {
    /// The header is absent or empty.
    #[error("there is no token")]
    NoToken,
    /// The header comes more than once.
    #[error("there is more than one token")]
    Several,
    /// It is no token.
    #[error("{0}")]
    Malformed(#[from] Malformed),
    /// Its algorithm is none that the authorizer takes.
    #[error("the authorizer does not take the signing method of the token")]
    Algorithm,
    /// Nobody that the authorizer trusts has issued it.
    #[error("the token does not have a valid issuer")]
    Issuer,
    /// The issuer's keys cannot be had.
    #[error("the keys of the issuer cannot be fetched")]
    NoKeys(KeyTrouble),
    /// The issuer has no such key for this algorithm.
    #[error("the issuer has no key that the token could be signed with")]
    UnknownKey,
    /// The signature is not of the key.
    #[error("the signature of the token is not valid")]
    Signature,
    /// It does not count now.
    #[error("{0}")]
    Untimely(#[from] Untimely),
    /// It is for somebody else.
    #[error("the token does not have a valid audience")]
    Audience,
    /// It is an access token where an identity token is wanted, or the other way round.
    #[error("the token is not for this use")]
    TokenUse,
    /// A further claim is absent, or not what it must be.
    #[error("a claim of the token is not what it must be")]
    Claim,
    /// It has none of the route's scopes.
    #[error("the token has none of the scopes that the method asks for")]
    Scope,
}

impl Why {
    /// What becomes of the request (facts A25, A28 and 94).
    pub(super) fn refusal(self, plan: &TokenAuthorizerPlan) -> Refusal {
        match (self, &*plan.rules) {
            // Whose callers are told everything are told this, too, and that they are not who they say (facts H37 and H38).
            (Self::NoKeys(_), _) if plan.reasons == Reasons::Told => {
                Refusal::Gateway(GatewayResponseType::Unauthorized, Cause::IssuerUnreachable)
            }
            (Self::NoKeys(_), _) => Refusal::Gateway(GatewayResponseType::AuthorizerFailure, Cause::IssuerUnreachable),
            (Self::Untimely(Untimely::Expired), TokenRules::UserPools { .. }) => {
                Refusal::Gateway(GatewayResponseType::Unauthorized, Cause::IdentityExpired)
            }
            (Self::Scope, TokenRules::Jwt { .. }) => {
                Refusal::Gateway(GatewayResponseType::AccessDenied, Cause::NoScope)
            }
            _ => Refusal::Gateway(GatewayResponseType::Unauthorized, Cause::InvalidToken),
        }
    }
}
