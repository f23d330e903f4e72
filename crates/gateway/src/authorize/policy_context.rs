//! The request as policies see it: the condition keys that API Gateway fills (fact 1.4).

use stagegate_http1::Known;
use stagegate_policy::Context;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::accept::Arrival;
use crate::network::VpcEndpoint;
use crate::route::Routed;

/// What condition keys are read from.
pub(super) struct Surroundings<'s> {
    arrival: &'s Arrival<'s>,
    account: &'s str,
    region: &'s str,
    /// The VPC endpoint that the request came through; only requests to private APIs do.
    pub(super) endpoint: Option<&'s VpcEndpoint>,
}

impl<'s> Surroundings<'s> {
    /// The surroundings of a request.
    pub(super) fn of(routed: &'s Routed<'_>) -> Self {
        let addressed = &routed.addressed;
        let (arrival, api) = (addressed.arrival, &addressed.stage.api);
        Self { arrival, account: &api.account, region: &api.region, endpoint: addressed.vpc_endpoint }
    }

    /// The value of a key whose case is folded; none for keys of the caller's, and where the request has none.
    fn value(&self, key: &str) -> Option<String> {
        let Self { arrival, endpoint, .. } = self;
        let header = |known| {
            let field = arrival.head.find(known)?;
            Some(String::from_utf8_lossy(field.value).into_owned())
        };
        match key {
            // Through a VPC endpoint there is no public address (IAM User Guide, "aws:SourceIp").
            "aws:sourceip" => endpoint.is_none().then(|| arrival.client.to_string()),
            "aws:vpcsourceip" => endpoint.map(|_| arrival.client.to_string()),
            "aws:sourcevpc" => endpoint.map(|endpoint| endpoint.vpc.to_string()),
            "aws:sourcevpce" => endpoint.map(|endpoint| endpoint.id.to_string()),
            "aws:securetransport" => Some(arrival.is_secure.to_string()),
            "aws:currenttime" => self.now().and_then(|now| now.format(&Rfc3339).ok()),
            "aws:epochtime" => Some((arrival.wall.epoch_ms / 1000).to_string()),
            "aws:useragent" => header(Known::UserAgent),
            "aws:referer" => {
                let field = arrival.head.find_name(b"referer")?;
                Some(String::from_utf8_lossy(field.value).into_owned())
            }
            "aws:requestedregion" => Some(self.region.to_owned()),
            "aws:resourceaccount" => Some(self.account.to_owned()),
            _ => None,
        }
    }

    fn now(&self) -> Option<OffsetDateTime> {
        let seconds = i64::try_from(self.arrival.wall.epoch_ms / 1000).ok()?;
        OffsetDateTime::from_unix_timestamp(seconds).ok()
    }
}

/// The context of a request, with those of the keys that it has a value for and nothing else.
pub(super) fn request_context<'k>(surroundings: &Surroundings<'_>, keys: impl Iterator<Item = &'k str>) -> Context {
    let mut context = Context::new();
    for key in keys {
        if let Some(value) = surroundings.value(key) {
            context.set(key, value);
        }
    }
    context
}
