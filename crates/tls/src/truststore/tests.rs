//! Which client certificates a truststore accepts, and what it says of the others.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use time::{Duration, OffsetDateTime};

use super::*;

type Issuer = CertifiedIssuer<'static, KeyPair>;

fn params(name: &str, is_authority: bool) -> CertificateParams {
    let mut wanted = CertificateParams::default();
    wanted.distinguished_name = rcgen::DistinguishedName::new();
    wanted.distinguished_name.push(DnType::CommonName, name);
    if is_authority {
        wanted.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        wanted.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    } else {
        wanted.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    }
    wanted
}

fn root(name: &str) -> Issuer {
    CertifiedIssuer::self_signed(params(name, true), KeyPair::generate().unwrap()).unwrap()
}

fn below(name: &str, issuer: &Issuer) -> Issuer {
    CertifiedIssuer::signed_by(params(name, true), KeyPair::generate().unwrap(), issuer).unwrap()
}

fn client(issuer: &Issuer, change: impl FnOnce(&mut CertificateParams)) -> CertificateDer<'static> {
    let mut wanted = params("client", false);
    change(&mut wanted);
    wanted.signed_by(&KeyPair::generate().unwrap(), issuer).unwrap().der().clone()
}

fn store(authorities: &[&Issuer]) -> (Truststore, Vec<String>) {
    let text: String = authorities.iter().map(|authority| authority.pem()).collect();
    Truststore::from_pem(text.as_bytes(), UnixTime::now()).unwrap()
}

fn checked(store: &Truststore, certificate: &CertificateDer<'_>) -> Result<(), Untrusted> {
    store.check(certificate, UnixTime::now())
}

#[test]
fn fact_d5_a_chain_up_to_a_root_of_the_truststore_is_accepted() {
    let root = root("root");
    let middle = below("middle", &root);
    let of = |issuer| client(issuer, |_| {});
    let (whole, warnings) = store(&[&root, &middle]);
    assert_eq!(warnings, [""; 0]);
    assert_eq!((checked(&whole, &of(&root)), checked(&whole, &of(&middle))), (Ok(()), Ok(())));
    let (only_root, _) = store(&[&root]);
    assert_eq!(checked(&only_root, &of(&middle)), Err(Untrusted::UnknownIssuer));
    let (only_middle, warnings) = store(&[&middle]);
    assert_eq!(checked(&only_middle, &of(&middle)), Err(Untrusted::UnknownIssuer));
    assert_eq!(warnings, ["Could not find issuer for certificate with subject CN=middle"]);
    assert_eq!(checked(&Truststore::closed(), &of(&root)), Err(Untrusted::UnknownIssuer));
}

#[test]
fn fact_d5_four_authorities_are_the_longest_chain() {
    let mut chain = vec![root("authority 0")];
    for level in 1..5 {
        let next = below(&format!("authority {level}"), chain.last().unwrap());
        chain.push(next);
    }
    let (store, _) = store(&chain.iter().collect::<Vec<_>>());
    assert_eq!(checked(&store, &client(&chain[3], |_| {})), Ok(()));
    assert_eq!(checked(&store, &client(&chain[4], |_| {})), Err(Untrusted::LongChain));
}

#[test]
fn what_is_wrong_with_a_certificate_has_a_reason() {
    let (root, stranger) = (root("root"), root("root"));
    let (store, _) = store(&[&root]);
    let now = OffsetDateTime::now_utc();
    let own = params("client", false).self_signed(&KeyPair::generate().unwrap()).unwrap();
    for (certificate, expected) in [
        (client(&stranger, |_| {}), Untrusted::UnknownIssuer),
        (own.der().clone(), Untrusted::SelfSigned),
        (stranger.der().clone(), Untrusted::SelfSigned),
        (client(&root, |it| it.not_after = now - Duration::HOUR), Untrusted::Expired),
        (client(&root, |it| it.not_before = now + Duration::HOUR), Untrusted::NotYetValid),
        (client(&root, |it| it.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth]), Untrusted::Invalid),
        (CertificateDer::from(vec![0x30, 0]), Untrusted::Invalid),
    ] {
        assert_eq!(checked(&store, &certificate), Err(expected));
        assert!(!expected.reason().is_empty());
    }
}

#[test]
fn a_self_signed_certificate_of_the_truststore_is_a_client_itself() {
    let pair = KeyPair::generate().unwrap();
    let own = params("client", false).self_signed(&pair).unwrap();
    let mut expired = params("client", false);
    expired.not_after = OffsetDateTime::now_utc() - Duration::HOUR;
    let expired = expired.self_signed(&pair).unwrap();
    let text = own.pem() + &expired.pem();
    let (store, warnings) = Truststore::from_pem(text.as_bytes(), UnixTime::now()).unwrap();
    assert_eq!(checked(&store, own.der()), Ok(()));
    assert_eq!(checked(&store, expired.der()), Err(Untrusted::Expired));
    assert_eq!(warnings, ["Certificate with subject CN=client has expired"]);
}

#[test]
fn a_broken_truststore_is_refused_or_warned_of() {
    let read = |text: &str| Truststore::from_pem(text.as_bytes(), UnixTime::now());
    assert_eq!(read("").unwrap_err(), TruststoreError::Empty);
    assert_eq!(read("certificates").unwrap_err(), TruststoreError::Empty);
    assert_eq!(read(&" ".repeat(BYTES_MAX + 1)).unwrap_err(), TruststoreError::Large);
    let good = root("root");
    let broken = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    let (store, warnings) = read(&format!("{broken}{}", good.pem())).unwrap();
    assert_eq!(warnings, ["A certificate of the truststore does not meet X.509 syntax requirements"]);
    assert_eq!(checked(&store, &client(&good, |_| {})), Ok(()));
    let noise = "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n";
    assert_eq!(read(noise).unwrap().1, ["Certificate 1 of the truststore is not valid PEM"]);
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_fall_over(text in ".{0,200}") {
        let framed = format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n");
        let _ = Truststore::from_pem(framed.as_bytes(), UnixTime::now());
    }
}
