//! A JSON Web Key read from a key set: public, for signatures, of a type and a size that are served (RFC 7517, 7518 §6, 8037).

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::signature::RsaPublicKeyComponents;
use serde_json::{Map, Value};

use crate::algorithm::Algorithm;
use crate::base64url::decode;

/// Bits of an RSA modulus.
const RSA_BITS_MIN: usize = 2048;
const RSA_BITS_MAX: usize = 8192;
/// Bytes of an RSA exponent.
const EXPONENT_BYTES_MAX: usize = 4;

/// Points of small order on Ed25519, in each encoding that a verifier could take for one: a signature under such a key can be made
/// for any content.
const SMALL_ORDER: [[u8; 32]; 7] = [
    *b"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
    *b"\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
    *b"\x26\xe8\x95\x8f\xc2\xb2\x27\xb0\x45\xc3\xf4\x89\xf2\xef\x98\xf0\xd5\xdf\xac\x05\xd3\xc6\x33\x39\xb1\x38\x02\x88\x6d\x53\xfc\x05",
    *b"\xc7\x17\x6a\x70\x3d\x4d\xd8\x4f\xba\x3c\x0b\x76\x0d\x10\x67\x0f\x2a\x20\x53\xfa\x2c\x39\xcc\xc6\x4e\xc7\xfd\x77\x92\xac\x03\x7a",
    *b"\xec\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
    *b"\xed\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
    *b"\xee\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
];

/// The types of keys that are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyType {
    Rsa,
    P256,
    P384,
    P521,
    Ed25519,
}

impl KeyType {
    /// Whether an algorithm is of this type of key.
    pub(crate) fn serves(self, algorithm: Algorithm) -> bool {
        use Algorithm as A;
        match self {
            Self::Rsa => {
                matches!(algorithm, A::Rs256 | A::Rs384 | A::Rs512 | A::Ps256 | A::Ps384 | A::Ps512)
            }
            Self::P256 => algorithm == A::Es256,
            Self::P384 => algorithm == A::Es384,
            Self::P521 => algorithm == A::Es512,
            Self::Ed25519 => algorithm == A::EdDsa,
        }
    }
}

/// Why a key is of no use here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// It is no object.
    #[error("it is no object")]
    NoObject,
    /// `kid` is absent, or no text of 1 to 512 bytes: no token could name it.
    #[error("it has no `kid`")]
    NoId,
    /// A secret, a type or a curve that is not served.
    #[error("its type or curve is not served")]
    Type,
    /// `use` or `key_ops` do not allow to verify signatures.
    #[error("it is not for verifying signatures")]
    Use,
    /// `alg` is not served, or of another type of key.
    #[error("its `alg` is not served with its type")]
    Algorithm,
    /// The private part is published with it.
    #[error("its private part is public")]
    Private,
    /// Its numbers are no base64url, or not those of a key that may be trusted.
    #[error("its numbers are not those of a key that may be trusted")]
    Numbers,
}

/// What a key says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Jwk {
    pub(crate) id: String,
    pub(crate) key_type: KeyType,
    pub(crate) algorithm: Option<Algorithm>,
    /// As the verifier takes it: an RSA key as DER, a point uncompressed, an Ed25519 key as it is.
    pub(crate) public: Vec<u8>,
}

impl Jwk {
    pub(crate) fn read(value: &Value) -> Result<Self, Unusable> {
        let members = value.as_object().ok_or(Unusable::NoObject)?;
        let id = text(members, "kid").filter(|id| (1..=512).contains(&id.len())).ok_or(Unusable::NoId)?;
        let key_type = key_type(members).ok_or(Unusable::Type)?;
        if members.contains_key("d") {
            return Err(Unusable::Private);
        }
        if !may_verify(members) {
            return Err(Unusable::Use);
        }
        let algorithm = match members.get("alg") {
            None => None,
            Some(name) => {
                let named = name.as_str().and_then(Algorithm::parse).filter(|named| key_type.serves(*named));
                Some(named.ok_or(Unusable::Algorithm)?)
            }
        };
        let public = public(members, key_type).ok_or(Unusable::Numbers)?;
        Ok(Self { id: id.to_owned(), key_type, algorithm, public })
    }
}

fn text<'m>(members: &'m Map<String, Value>, name: &str) -> Option<&'m str> {
    members.get(name)?.as_str()
}

fn key_type(members: &Map<String, Value>) -> Option<KeyType> {
    let curve = text(members, "crv");
    match text(members, "kty")? {
        "RSA" => Some(KeyType::Rsa),
        "EC" => match curve? {
            "P-256" => Some(KeyType::P256),
            "P-384" => Some(KeyType::P384),
            "P-521" => Some(KeyType::P521),
            _ => None,
        },
        "OKP" if curve? == "Ed25519" => Some(KeyType::Ed25519),
        _ => None,
    }
}

/// `use` and `key_ops`, where they are there (RFC 7517 §4.2 and §4.3).
fn may_verify(members: &Map<String, Value>) -> bool {
    let for_signatures = members.get("use").is_none_or(|purpose| purpose == "sig");
    let operations = members.get("key_ops");
    for_signatures
        && operations
            .is_none_or(|names| names.as_array().is_some_and(|names| names.iter().any(|name| name == "verify")))
}

fn public(members: &Map<String, Value>, key_type: KeyType) -> Option<Vec<u8>> {
    let number = |name: &str| decode(text(members, name)?.as_bytes());
    let point = |bytes: usize| {
        let (x, y) = (number("x")?, number("y")?);
        (x.len() == bytes && y.len() == bytes).then(|| [&[4][..], &x, &y].concat())
    };
    match key_type {
        KeyType::Rsa => rsa(&number("n")?, &number("e")?),
        KeyType::P256 => point(32),
        KeyType::P384 => point(48),
        KeyType::P521 => point(66),
        KeyType::Ed25519 => {
            let bytes = number("x")?;
            let mut point: [u8; 32] = bytes.as_slice().try_into().ok()?;
            // The sign of x does not make a point of small order any larger.
            point[31] &= 0x7f;
            (!SMALL_ORDER.contains(&point)).then_some(bytes)
        }
    }
}

/// 2,048 to 8,192 bits, odd, with an odd exponent of at least 3.
fn rsa(modulus: &[u8], exponent: &[u8]) -> Option<Vec<u8>> {
    let (modulus, exponent) = (without_zeros(modulus), without_zeros(exponent));
    let bits = modulus.len() * 8 - modulus.first()?.leading_zeros() as usize;
    let is_odd = |number: &[u8]| number.last().is_some_and(|byte| byte & 1 == 1);
    let is_well = (RSA_BITS_MIN..=RSA_BITS_MAX).contains(&bits)
        && is_odd(modulus)
        && is_odd(exponent)
        && exponent.len() <= EXPONENT_BYTES_MAX
        && exponent != [1];
    let key = RsaPublicKeyComponents { n: modulus, e: exponent };
    is_well.then(|| Some(key.as_der().ok()?.as_ref().to_vec())).flatten()
}

/// Some makers write the zero that DER needs.
fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}
