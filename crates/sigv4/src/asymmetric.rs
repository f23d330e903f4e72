//! Version 4a: the key pair that a secret stands for, and signatures by ECDSA over P-256
//! (AWS: "AWS Signature Version 4A signing", NIST SP 800-108 in counter mode).

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};

use crate::ALGORITHM_V4A;
use crate::key::Secret;

/// The order of P-256, less two: a candidate above it is not used.
const ORDER_LESS_TWO: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7,
    0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x4f,
];
/// Bits of a key, as the derivation is told them.
const KEY_BITS: u32 = 256;

/// Whether a text is signed by the holder of a secret.
pub(crate) fn is_signed(secret: &Secret, access_key_id: &str, text: &[u8], signature: &[u8]) -> bool {
    let Some(public_key) = public_key(secret, access_key_id) else { return false };
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, public_key).verify(text, signature).is_ok()
}

/// The public key, as an uncompressed point.
fn public_key(secret: &Secret, access_key_id: &str) -> Option<Vec<u8>> {
    let private_key = PrivateKey::from_private_key(&ECDH_P256, &private_key(secret, access_key_id)?).ok()?;
    Some(private_key.compute_public_key().ok()?.as_ref().to_vec())
}

/// The first candidate that is in the range of private keys, plus one. That the second is needed has a chance of 2⁻³².
fn private_key(secret: &Secret, access_key_id: &str) -> Option<[u8; 32]> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, format!("AWS4A{}", secret.expose()).as_bytes());
    (1..=254_u8).find_map(|counter| {
        let mut input = hmac::Context::with_key(&key);
        input.update(&1_u32.to_be_bytes());
        input.update(ALGORITHM_V4A.as_bytes());
        input.update(&[0]);
        input.update(access_key_id.as_bytes());
        input.update(&[counter]);
        input.update(&KEY_BITS.to_be_bytes());
        let candidate: [u8; 32] = input.sign().as_ref().try_into().ok()?;
        (candidate <= ORDER_LESS_TWO).then(|| plus_one(candidate))
    })
}

fn plus_one(mut number: [u8; 32]) -> [u8; 32] {
    for byte in number.iter_mut().rev() {
        let (sum, carries) = byte.overflowing_add(1);
        *byte = sum;
        if !carries {
            break;
        }
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_added_with_its_carry() {
        let mut number = [0; 32];
        number[30..].copy_from_slice(&[1, 0xff]);
        assert_eq!(plus_one(number)[30..], [2, 0]);
    }

    /// The derivation of AWS's own libraries for this pair of keys (aws-c-auth's test vectors).
    #[test]
    fn the_published_pair_of_keys_has_its_public_key() {
        let secret = Secret::new("q+jcrXGc+0zWN6uzclKVhvMmUsIfRPa4rlRandom");
        let point = public_key(&secret, "AKISORANDOMAASORANDOM").expect("a key");
        assert_eq!(
            hex::encode(&point[1..]),
            "15d242ceebf8d8169fd6a8b5a746c41140414c3b07579038da06af89190fffcb\
             0515242cedd82e94799482e4c0514b505afccf2c0c98d6a553bf539f424c5ec0"
        );
    }
}
