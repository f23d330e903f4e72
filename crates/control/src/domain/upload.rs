//! The certificate that can come with a new domain name: deprecated by AWS for certificates of ACM, and still taken.
//!
//! It lies in a row of its own, with its key sealed, like the keys of client certificates; no answer and no log shows it.

use stagegate_model::domain::Scope;
use stagegate_model::keys::{AccountNoun, Key};
use stagegate_model::rest::{DomainCertificateRow, DomainName};
use stagegate_tls::{IdentityError, ServerIdentity};

use super::domain_name::key_id_of;
use crate::call::Call;
use crate::fault::Fault;
use crate::input::Input;
use crate::private_key::seal_private_key;

/// Reads `certificateBody`, `certificatePrivateKey` and `certificateChain`.
pub(super) fn read(input: &mut Input) -> Result<[Option<String>; 3], Fault> {
    let mut text = |member| Ok::<_, Fault>(input.text(member)?.filter(|text| !text.is_empty()));
    Ok([text("certificateBody")?, text("certificatePrivateKey")?, text("certificateChain")?])
}

/// Checks what was read against the domain name it came with; `None` where nothing came.
pub(super) fn settle(
    [body, key, chain]: [Option<String>; 3],
    domain: &DomainName,
    call: &Call,
) -> Result<Option<DomainCertificateRow>, Fault> {
    let (Some(body), Some(key), Some(name)) = (&body, &key, &domain.certificate_name) else {
        if body.is_none() && key.is_none() && chain.is_none() {
            return Ok(None);
        }
        return Err(Fault::bad_request(
            "A certificate is uploaded with certificateName, certificateBody and certificatePrivateKey together.",
        ));
    };
    // The first certificate has to be the body's, whatever the chain holds.
    ServerIdentity::from_pem(body.as_bytes(), key.as_bytes()).map_err(|error| refused(&error))?;
    let certificate_pem = match chain {
        Some(chain) => format!("{}\n{}\n", body.trim_end(), chain.trim_end()),
        None => format!("{}\n", body.trim_end()),
    };
    let identity =
        ServerIdentity::from_pem(certificate_pem.as_bytes(), key.as_bytes()).map_err(|error| refused(&error))?;
    if !identity.is_for(&domain.domain_name) {
        return Err(Fault::bad_request(format!(
            "The certificate does not cover the domain name {}.",
            domain.domain_name
        )));
    }
    let private_key = seal_private_key(key, &key_of(domain, &call.scope), &call.world.sealer);
    Ok(Some(DomainCertificateRow { name: name.clone(), certificate_pem, private_key }))
}

/// In the words of IAM, which keeps such certificates on AWS (`UploadServerCertificate`).
fn refused(error: &IdentityError) -> Fault {
    Fault::bad_request(match error {
        IdentityError::NoCertificate | IdentityError::BadCertificate | IdentityError::LongChain => {
            "Unable to parse certificate. Please ensure the certificate is in PEM format."
        }
        IdentityError::BadKey => "Unable to parse key; the private key is invalid.",
        IdentityError::Mismatch => "Unable to validate certificate. The private key does not match the certificate.",
    })
}

/// The key of a domain name's uploaded certificate.
pub(super) fn key_of(domain: &DomainName, scope: &Scope) -> Key {
    scope.noun(AccountNoun::DomainCertificate, &key_id_of(domain))
}
