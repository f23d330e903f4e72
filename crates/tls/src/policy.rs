//! AWS's security policies: TLS versions, cipher suites and key exchanges, by name.
//!
//! Source: developer guide, "Supported security policies". rustls has neither TLS 1.0 and 1.1 nor suites with CBC or without
//! forward secrecy: what is left of a policy is at least as strict as AWS's.

use std::sync::Arc;

use rustls::crypto::aws_lc_rs::{cipher_suite as suite, default_provider, kx_group as group};
use rustls::crypto::{CryptoProvider, SupportedKxGroup};
use rustls::{CipherSuite, ProtocolVersion, SupportedCipherSuite, SupportedProtocolVersion, version};

/// The suites of TLS 1.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Suites13 {
    /// AES and `ChaCha20`.
    All,
    /// AES alone: those that FIPS 140 approves.
    Aes,
}

/// The suites of TLS 1.2, all of them ECDHE.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Suites12 {
    /// TLS 1.2 is refused.
    None,
    /// AES-GCM.
    AesGcm,
    /// AES-GCM and `ChaCha20`.
    All,
}

/// The key exchanges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exchange {
    /// X25519, P-256 and P-384.
    Usual,
    /// P-256 and P-384.
    Fips,
    /// ML-KEM with one of the usual ones before these.
    PostQuantum,
    /// ML-KEM with P-256 or X25519, then P-256 and P-384.
    FipsPostQuantum,
}

/// A security policy.
#[derive(Debug, PartialEq, Eq)]
pub struct SecurityPolicy {
    /// AWS's name.
    pub name: &'static str,
    tls13: Suites13,
    tls12: Suites12,
    exchange: Exchange,
}

const fn row(name: &'static str, tls13: Suites13, tls12: Suites12, exchange: Exchange) -> SecurityPolicy {
    SecurityPolicy { name, tls13, tls12, exchange }
}

/// Every policy. Of `TLS_1_2`, edge-optimized domain names have `ChaCha20` in TLS 1.2 as well; regional ones do not, and the table
/// has theirs. The two with `Ext2`, and `FIPS_PQ`, are not on AWS's page: their names say what is in them.
static POLICIES: [SecurityPolicy; 14] = [
    row("TLS_1_0", Suites13::All, Suites12::AesGcm, Exchange::Usual),
    row("TLS_1_2", Suites13::All, Suites12::AesGcm, Exchange::Usual),
    row("SecurityPolicy_TLS13_1_3_2025_09", Suites13::All, Suites12::None, Exchange::Usual),
    row("SecurityPolicy_TLS13_1_3_FIPS_2025_09", Suites13::Aes, Suites12::None, Exchange::Fips),
    row("SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09", Suites13::All, Suites12::AesGcm, Exchange::PostQuantum),
    row("SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09", Suites13::Aes, Suites12::AesGcm, Exchange::FipsPostQuantum),
    row("SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09", Suites13::Aes, Suites12::AesGcm, Exchange::FipsPostQuantum),
    row("SecurityPolicy_TLS13_1_2_Ext2_PQ_2025_09", Suites13::All, Suites12::AesGcm, Exchange::PostQuantum),
    row("SecurityPolicy_TLS13_1_2_Ext2_FIPS_PQ_2025_09", Suites13::Aes, Suites12::AesGcm, Exchange::FipsPostQuantum),
    row("SecurityPolicy_TLS13_1_2_PQ_2025_09", Suites13::All, Suites12::AesGcm, Exchange::PostQuantum),
    row("SecurityPolicy_TLS13_1_2_2021_06", Suites13::All, Suites12::AesGcm, Exchange::Usual),
    row("SecurityPolicy_TLS13_2025_EDGE", Suites13::All, Suites12::None, Exchange::Usual),
    row("SecurityPolicy_TLS12_PFS_2025_EDGE", Suites13::All, Suites12::All, Exchange::Usual),
    row("SecurityPolicy_TLS12_2018_EDGE", Suites13::All, Suites12::All, Exchange::Usual),
];

impl SecurityPolicy {
    /// Every policy.
    pub fn all() -> &'static [Self] {
        &POLICIES
    }

    /// The policy of a name.
    pub fn find(name: &str) -> Option<&'static Self> {
        POLICIES.iter().find(|policy| policy.name == name)
    }

    /// What hosts have that name none: `TLS_1_2`.
    pub fn usual() -> &'static Self {
        &POLICIES[1]
    }

    /// The TLS versions.
    pub(crate) fn versions(&self) -> Vec<&'static SupportedProtocolVersion> {
        match self.tls12 {
            Suites12::None => vec![&version::TLS13],
            Suites12::AesGcm | Suites12::All => vec![&version::TLS13, &version::TLS12],
        }
    }

    /// The cryptography that the policy allows.
    pub(crate) fn provider(&self) -> Arc<CryptoProvider> {
        let (cipher_suites, kx_groups) = (self.suites(), self.groups());
        Arc::new(CryptoProvider { cipher_suites, kx_groups, ..default_provider() })
    }

    fn suites(&self) -> Vec<SupportedCipherSuite> {
        let mut suites = vec![suite::TLS13_AES_128_GCM_SHA256, suite::TLS13_AES_256_GCM_SHA384];
        if self.tls13 == Suites13::All {
            suites.push(suite::TLS13_CHACHA20_POLY1305_SHA256);
        }
        if self.tls12 != Suites12::None {
            suites.extend([
                suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
                suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
                suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
                suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            ]);
        }
        if self.tls12 == Suites12::All {
            suites.extend([
                suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
                suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
            ]);
        }
        suites
    }

    fn groups(&self) -> Vec<&'static dyn SupportedKxGroup> {
        match self.exchange {
            Exchange::Usual => vec![group::X25519, group::SECP256R1, group::SECP384R1],
            Exchange::Fips => vec![group::SECP256R1, group::SECP384R1],
            Exchange::PostQuantum => {
                vec![group::X25519MLKEM768, group::SECP256R1MLKEM768, group::X25519, group::SECP256R1, group::SECP384R1]
            }
            Exchange::FipsPostQuantum => {
                vec![group::X25519MLKEM768, group::SECP256R1MLKEM768, group::SECP256R1, group::SECP384R1]
            }
        }
    }
}

/// The names that `$context.tlsVersion` and `$context.cipherSuite` have for what was agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CipherNames {
    /// `TLSv1.2` or `TLSv1.3`.
    pub version: &'static str,
    /// OpenSSL's name, as AWS's page lists it.
    pub suite: &'static str,
}

impl CipherNames {
    /// The names of a version and a suite that a policy can lead to.
    pub fn of(version: ProtocolVersion, suite: CipherSuite) -> Self {
        let version = if version == ProtocolVersion::TLSv1_3 { "TLSv1.3" } else { "TLSv1.2" };
        let suite = match suite {
            CipherSuite::TLS13_AES_128_GCM_SHA256 => "TLS_AES_128_GCM_SHA256",
            CipherSuite::TLS13_AES_256_GCM_SHA384 => "TLS_AES_256_GCM_SHA384",
            CipherSuite::TLS13_CHACHA20_POLY1305_SHA256 => "TLS_CHACHA20_POLY1305_SHA256",
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 => "ECDHE-ECDSA-AES128-GCM-SHA256",
            CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 => "ECDHE-RSA-AES128-GCM-SHA256",
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 => "ECDHE-ECDSA-AES256-GCM-SHA384",
            CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 => "ECDHE-RSA-AES256-GCM-SHA384",
            CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 => "ECDHE-ECDSA-CHACHA20-POLY1305",
            CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 => "ECDHE-RSA-CHACHA20-POLY1305",
            _ => "",
        };
        Self { version, suite }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_allow_what_their_names_say() {
        for policy in SecurityPolicy::all() {
            let has_12 = policy.versions().contains(&&version::TLS12);
            let is_13_only = policy.name.contains("_1_3_") || policy.name.contains("TLS13_2025");
            assert_eq!(has_12, !is_13_only, "{}", policy.name);
            let has_chacha = policy.suites().contains(&suite::TLS13_CHACHA20_POLY1305_SHA256);
            assert_eq!(has_chacha, !policy.name.contains("FIPS"), "{}", policy.name);
            let first = policy.groups()[0].name();
            assert_eq!(first == rustls::NamedGroup::X25519MLKEM768, policy.name.contains("PQ"), "{}", policy.name);
        }
        assert!(SecurityPolicy::find("TLS_1_1").is_none());
        assert_eq!(SecurityPolicy::usual().name, "TLS_1_2");
    }

    #[test]
    fn every_suite_of_a_policy_has_a_name() {
        for policy in SecurityPolicy::all() {
            for suite in policy.suites() {
                let names = CipherNames::of(suite.version().version, suite.suite());
                assert!(!names.suite.is_empty() && names.version.starts_with("TLSv1."), "{names:?}");
            }
        }
    }
}
