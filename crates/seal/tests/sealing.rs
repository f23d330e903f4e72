//! What is sealed opens for its context and key alone, and says nothing on its outside.

use proptest::prelude::*;
use stagegate_seal::{MasterKey, MasterKeyError, OVERHEAD_BYTES, SealError, Sealer};

fn sealer(byte: u8) -> Sealer {
    Sealer::new(&MasterKey::new([byte; 32]), &[])
}

proptest! {
    #[test]
    fn what_is_sealed_opens_for_its_context_alone(plain: Vec<u8>, context: Vec<u8>, other: Vec<u8>) {
        let sealer = sealer(1);
        let sealed = sealer.seal(&context, &plain);
        prop_assert_eq!(sealed.len(), plain.len() + OVERHEAD_BYTES);
        prop_assert_eq!(sealer.open(&context, &sealed), Ok(plain));
        prop_assume!(context != other);
        prop_assert_eq!(sealer.open(&other, &sealed), Err(SealError::Forged));
    }

    #[test]
    fn a_changed_byte_never_opens(plain: Vec<u8>, at: prop::sample::Index, flip in 1_u8..) {
        let sealer = sealer(1);
        let mut sealed = sealer.seal(b"row", &plain);
        let at = at.index(sealed.len());
        sealed[at] ^= flip;
        prop_assert!(sealer.open(b"row", &sealed).is_err());
    }

    #[test]
    fn arbitrary_bytes_never_open(bytes: Vec<u8>) {
        prop_assert!(sealer(1).open(b"row", &bytes).is_err());
    }

    #[test]
    fn the_context_of_a_digest_does_not_run_into_its_value(context: Vec<u8>, value: Vec<u8>, cut: prop::sample::Index) {
        let whole = [context.as_slice(), &value].concat();
        let cut = cut.index(whole.len() + 1);
        prop_assume!(cut != context.len());
        let sealer = sealer(1);
        prop_assert_ne!(sealer.digest(&context, &value), sealer.digest(&whole[..cut], &whole[cut..]));
    }
}

#[test]
fn one_secret_sealed_twice_looks_different_and_does_not_show() {
    let sealer = sealer(1);
    let plain = b"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    let (one, two) = (sealer.seal(b"row", plain), sealer.seal(b"row", plain));
    assert_ne!(one, two);
    assert!(!one.windows(8).any(|window| plain.windows(8).any(|shown| shown == window)));
}

#[test]
fn former_keys_open_and_only_the_current_one_seals() {
    let (old, new) = (MasterKey::new([1; 32]), MasterKey::new([2; 32]));
    let sealed = Sealer::new(&old, &[]).seal(b"row", b"secret");
    let rotated = Sealer::new(&new, std::slice::from_ref(&old));
    assert_eq!(rotated.open(b"row", &sealed).as_deref(), Ok(b"secret".as_slice()));
    let again = rotated.seal(b"row", b"secret");
    assert_eq!(Sealer::new(&old, &[]).open(b"row", &again), Err(SealError::UnknownKey));
    assert_eq!(Sealer::new(&new, &[]).open(b"row", &sealed), Err(SealError::UnknownKey));
}

#[test]
fn digests_are_stable_and_depend_on_the_key() {
    assert_eq!(sealer(1).digest(b"api key", b"value"), sealer(1).digest(b"api key", b"value"));
    assert_ne!(sealer(1).digest(b"api key", b"value"), sealer(2).digest(b"api key", b"value"));
}

#[test]
fn a_key_is_the_base64_of_thirty_two_bytes() {
    let key = MasterKey::random().expect("randomness");
    assert_eq!(MasterKey::from_base64(&format!(" {}\n", key.expose_base64())), Ok(key.clone()));
    for bad in ["", "secret", &"A".repeat(44), "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", &"A".repeat(64)] {
        assert_eq!(MasterKey::from_base64(bad), Err(MasterKeyError::Malformed), "{bad}");
    }
    assert!(!format!("{key:?}").contains(&key.expose_base64()));
}
