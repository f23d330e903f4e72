//! Gateway responses: what callers get when a request does not reach its integration's answer (fact section 1.14).

use stagegate_mapping::{RequestSource, Substitution};

macro_rules! types {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// AWS's gateway response types but for the two `DEFAULT_` ones, which compile into these (fact 24).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum GatewayResponseType {
            $(#[doc = concat!("`", $name, "`")] $(#[$doc])* $variant,)*
        }

        impl GatewayResponseType {
            /// Every type, in the order of their indexes.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// AWS's name of the type.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

types! {
    AccessDenied = "ACCESS_DENIED",
    ApiConfigurationError = "API_CONFIGURATION_ERROR",
    AuthorizerConfigurationError = "AUTHORIZER_CONFIGURATION_ERROR",
    AuthorizerFailure = "AUTHORIZER_FAILURE",
    BadRequestBody = "BAD_REQUEST_BODY",
    BadRequestParameters = "BAD_REQUEST_PARAMETERS",
    ExpiredToken = "EXPIRED_TOKEN",
    IntegrationFailure = "INTEGRATION_FAILURE",
    IntegrationTimeout = "INTEGRATION_TIMEOUT",
    InvalidApiKey = "INVALID_API_KEY",
    InvalidSignature = "INVALID_SIGNATURE",
    /// Also an unknown path or verb (fact 1).
    MissingAuthenticationToken = "MISSING_AUTHENTICATION_TOKEN",
    QuotaExceeded = "QUOTA_EXCEEDED",
    /// Cannot be customised (fact 21).
    RequestTooLarge = "REQUEST_TOO_LARGE",
    ResourceNotFound = "RESOURCE_NOT_FOUND",
    Throttled = "THROTTLED",
    Unauthorized = "UNAUTHORIZED",
    UnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE",
    WafFiltered = "WAF_FILTERED",
}

/// What an API's owner has set for a type, or for its family.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GatewayResponsePlan {
    /// The status; the cause's own where none is set.
    pub status: Option<u16>,
    /// Headers in the order of the document.
    pub headers: Box<[(Box<str>, RequestSource)]>,
    /// The media type and the template; the stock body where none is set.
    pub template: Option<(Box<str>, Substitution)>,
}

/// The responses of a deployment, by type, with what types inherit from their family (fact 24).
#[derive(Debug, Default)]
pub struct GatewayResponses {
    plans: Vec<GatewayResponsePlan>,
    by_type: [Option<u8>; GatewayResponseType::ALL.len()],
}

impl GatewayResponses {
    /// Adds what holds for these types.
    ///
    /// # Panics
    /// Never: an API has at most one response for each type and family.
    pub fn set(&mut self, plan: GatewayResponsePlan, types: impl Iterator<Item = GatewayResponseType>) {
        let index = u8::try_from(self.plans.len()).expect("there are no more responses than types and families");
        self.plans.push(plan);
        for response_type in types.filter(|response_type| *response_type != GatewayResponseType::RequestTooLarge) {
            self.by_type[response_type as usize] = Some(index);
        }
    }

    /// What was set for a type; `None` leaves it to the gateway's own words.
    pub fn get(&self, response_type: GatewayResponseType) -> Option<&GatewayResponsePlan> {
        self.plans.get(usize::from(self.by_type[response_type as usize]?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fact_21_request_too_large_cannot_be_set() {
        let mut responses = GatewayResponses::default();
        let plan = |status| GatewayResponsePlan { status: Some(status), ..GatewayResponsePlan::default() };
        responses.set(plan(499), GatewayResponseType::ALL.iter().copied());
        responses.set(plan(418), [GatewayResponseType::Throttled].into_iter());
        let status = |response_type| responses.get(response_type).and_then(|plan| plan.status);
        assert_eq!(status(GatewayResponseType::RequestTooLarge), None);
        assert_eq!(status(GatewayResponseType::Throttled), Some(418));
        assert_eq!(status(GatewayResponseType::WafFiltered), Some(499));
    }
}
