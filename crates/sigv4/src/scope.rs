//! The credential of a signature: access key and scope, `key/date/region/service/aws4_request`.

use crate::Algorithm;
use crate::error::VerifyError;

/// The last element of every credential scope.
pub(crate) const TERMINATOR: &str = "aws4_request";

/// An access key id with the scope that its signing key was derived for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialScope {
    /// The access key id.
    pub access_key_id: String,
    /// `YYYYMMDD`.
    pub date: String,
    /// The region, as the client wrote it; empty in version 4a.
    pub region: String,
    /// The signing name of the service, such as `apigateway`.
    pub service: String,
}

impl CredentialScope {
    /// Parses the `Credential` of an Authorization header or a presigned query.
    ///
    /// # Errors
    /// [`VerifyError::IncompleteSignature`] unless there are exactly five elements, in version 4a four, none of them empty;
    /// [`VerifyError::InvalidSignature`] when the last is not `aws4_request`.
    pub(crate) fn parse(credential: &str, algorithm: Algorithm) -> Result<Self, VerifyError> {
        let elements: Vec<&str> = credential.split('/').collect();
        let (access_key_id, date, region, service, terminator) = match (algorithm, elements.as_slice()) {
            (Algorithm::Hmac, [key, date, region, service, end]) => (*key, *date, *region, *service, *end),
            (Algorithm::Ecdsa, [key, date, service, end]) => (*key, *date, "", *service, *end),
            _ => return Err(VerifyError::malformed_credential(credential, algorithm)),
        };
        if elements.iter().any(|element| element.is_empty()) {
            return Err(VerifyError::malformed_credential(credential, algorithm));
        }
        if terminator != TERMINATOR {
            return Err(VerifyError::InvalidSignature(format!(
                "Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{terminator}'. "
            )));
        }
        Ok(Self {
            access_key_id: access_key_id.to_owned(),
            date: date.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
        })
    }

    /// The scope as it stands in the string to sign: without the access key.
    pub(crate) fn scope(&self) -> String {
        let Self { date, region, service, .. } = self;
        if region.is_empty() {
            return format!("{date}/{service}/{TERMINATOR}");
        }
        format!("{date}/{region}/{service}/{TERMINATOR}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_elements_make_a_scope() {
        let scope = CredentialScope::parse("AKID/20150830/us-east-1/apigateway/aws4_request", Algorithm::Hmac)
            .expect("well-formed");
        assert_eq!((scope.access_key_id.as_str(), scope.region.as_str()), ("AKID", "us-east-1"));
        assert_eq!(scope.scope(), "20150830/us-east-1/apigateway/aws4_request");
    }

    #[test]
    fn anything_else_is_refused() {
        for (credential, code) in [
            ("", "IncompleteSignatureException"),
            ("AKID", "IncompleteSignatureException"),
            ("AKID/20150830/us-east-1/apigateway", "IncompleteSignatureException"),
            ("AKID/20150830//apigateway/aws4_request", "IncompleteSignatureException"),
            ("A/KID/20150830/us-east-1/apigateway/aws4_request", "IncompleteSignatureException"),
            ("AKID/20150830/us-east-1/apigateway/aws5_request", "InvalidSignatureException"),
        ] {
            let error = CredentialScope::parse(credential, Algorithm::Hmac).expect_err(credential);
            assert_eq!(error.code(), code, "{credential}");
        }
    }

    #[test]
    fn a_scope_of_version_4a_has_no_region() {
        let parse = |credential| CredentialScope::parse(credential, Algorithm::Ecdsa);
        let scope = parse("AKID/20150830/execute-api/aws4_request").expect("well-formed");
        assert_eq!((scope.region.as_str(), scope.service.as_str()), ("", "execute-api"));
        assert_eq!(scope.scope(), "20150830/execute-api/aws4_request");
        assert!(parse("AKID/20150830/us-east-1/execute-api/aws4_request").is_err());
    }
}
