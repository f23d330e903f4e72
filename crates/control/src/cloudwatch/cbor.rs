//! CBOR (RFC 8949) as Smithy's RPC v2 has it, into members and out of them.

use ciborium::Value as Cbor;
use ciborium::value::Integer;

use super::value::Value;

/// How deep members may be within members: a dimension of a metric of a query is seven deep.
const DEPTH_MAX: usize = 16;
/// CBOR's tag of a time in seconds since 1970 (RFC 8949 §3.4.2).
const EPOCH: u64 = 1;

/// Why bytes are no members.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotCbor(String);

/// Whether bytes are members.
///
/// # Errors
/// They are not, and why.
pub fn check(bytes: &[u8]) -> Result<(), NotCbor> {
    decode(bytes).map(|_| ())
}

/// Reads members. An empty body has none.
pub(super) fn decode(bytes: &[u8]) -> Result<Value, NotCbor> {
    if bytes.is_empty() {
        return Ok(Value::Map(Vec::new()));
    }
    let mut rest = bytes;
    let read = ciborium::de::from_reader_with_recursion_limit(&mut rest, DEPTH_MAX);
    let cbor: Cbor = read.map_err(|error| NotCbor(error.to_string()))?;
    if !rest.is_empty() {
        return Err(NotCbor(format!("{} bytes follow the members", rest.len())));
    }
    value(cbor)
}

fn value(cbor: Cbor) -> Result<Value, NotCbor> {
    Ok(match cbor {
        Cbor::Null => Value::Null,
        Cbor::Bool(given) => Value::Boolean(given),
        Cbor::Text(text) => Value::Text(text),
        Cbor::Float(number) => Value::Number(number),
        Cbor::Integer(number) => Value::Number(float(number)),
        Cbor::Tag(EPOCH, inner) => match *inner {
            Cbor::Float(seconds) => Value::Time(seconds),
            Cbor::Integer(seconds) => Value::Time(float(seconds)),
            _ => return Err(NotCbor("a time is no number".to_owned())),
        },
        Cbor::Array(items) => Value::List(items.into_iter().map(value).collect::<Result<_, _>>()?),
        Cbor::Map(members) => Value::Map(members.into_iter().map(member).collect::<Result<_, _>>()?),
        Cbor::Tag(tag, _) => return Err(NotCbor(format!("no member has the tag {tag}"))),
        _ => return Err(NotCbor("no member is of bytes".to_owned())),
    })
}

fn member((name, held): (Cbor, Cbor)) -> Result<(String, Value), NotCbor> {
    let Cbor::Text(name) = name else { return Err(NotCbor("the name of a member is no text".to_owned())) };
    Ok((name, value(held)?))
}

#[expect(clippy::cast_precision_loss, reason = "no member needs more than 53 bits")]
fn float(number: Integer) -> f64 {
    i128::from(number) as f64
}

/// Writes members. Numbers are floating, as every number of CloudWatch's answers is.
pub(super) fn encode(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(&cbor(value), &mut bytes).expect("a Vec takes everything");
    bytes
}

fn cbor(value: &Value) -> Cbor {
    match value {
        Value::Null => Cbor::Null,
        Value::Boolean(given) => Cbor::Bool(*given),
        Value::Text(text) => Cbor::Text(text.clone()),
        Value::Number(number) => Cbor::Float(*number),
        Value::Time(seconds) => Cbor::Tag(EPOCH, Box::new(Cbor::Float(*seconds))),
        Value::List(items) => Cbor::Array(items.iter().map(cbor).collect()),
        Value::Map(members) => {
            Cbor::Map(members.iter().map(|(name, held)| (Cbor::Text(name.clone()), cbor(held))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Boolean),
            "[a-z]{0,12}".prop_map(Value::Text),
            (-1e12_f64..1e12).prop_map(Value::Number),
            (0.0_f64..4e9).prop_map(Value::Time),
        ];
        leaf.prop_recursive(5, 40, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::List),
                proptest::collection::vec(("[a-z]{1,6}", inner), 0..6).prop_map(Value::Map),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(value in any_value()) {
            prop_assert_eq!(decode(&encode(&value)), Ok(value));
        }

        #[test]
        fn no_bytes_make_it_fall_over(bytes: Vec<u8>) {
            let _ = decode(&bytes);
        }
    }

    #[test]
    fn what_is_no_member_is_refused() {
        for (bytes, why) in [
            (&[0xff][..], "break"),
            (&[0x41, 0x00], "bytes"),
            (&[0xc1, 0x41, 0x01], "number"),
            (&[0xa1, 0x01, 0x02], "name"),
            (&[0xf6, 0xf6], "follow"),
            (&[0x9a, 0xff, 0xff, 0xff, 0xff], "too long"),
            (&[0x81; 64], "too deep"),
        ] {
            assert!(decode(bytes).is_err(), "{why}");
        }
    }
}
