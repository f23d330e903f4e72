//! Conversions between text and binary content on the way to an integration and back (facts 67 and 68).
//!
//! Bytes that are no text and need no conversion pass as they are: AWS would replace what is no UTF-8 in them.

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use stagegate_http1::Known;
use stagegate_plan::{BinaryTypes, ContentHandling, GatewayResponseType};

use crate::accept::Payload;
use crate::core::Core;
use crate::refusal::{Cause, Refusal};
use crate::route::Routed;

/// Base64 as Java's decoder takes it: padding may be missing.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What content is to the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Binary,
}

/// What content is before and after a conversion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Conversion {
    from: Form,
    to: Form,
}

impl Conversion {
    /// Text that stays as it is: all there is where nothing is configured.
    pub(super) const NONE: Self = Self { from: Form::Text, to: Form::Text };

    /// The conversion of a request's content. Its media type says what it is.
    fn of_request(types: &BinaryTypes, content_type: Option<&[u8]>, handling: Option<ContentHandling>) -> Self {
        let from = if types.is_binary(content_type) { Form::Binary } else { Form::Text };
        Self { from, to: handling.map_or(from, made) }
    }

    /// The conversion of an integration's content. Where the response does not say what to make of it, the client's Accept does.
    fn of_response(types: &BinaryTypes, from: Form, accept: Option<&[u8]>, handling: Option<ContentHandling>) -> Self {
        let accepted = || if types.is_accepted(accept) { Form::Binary } else { Form::Text };
        Self { from, to: handling.map_or_else(accepted, made) }
    }

    /// Whether the content changes, and is needed whole.
    pub(super) fn is_needed(self) -> bool {
        self.from != self.to
    }

    /// Refuses content that a template cannot read, as it is binary even after its conversion (fact 68).
    pub(super) fn check_template(self, has_template: impl FnOnce() -> bool) -> Result<(), Refusal> {
        if self.to == Form::Binary && has_template() {
            return Err(Refusal::Gateway(GatewayResponseType::ApiConfigurationError, Cause::Template));
        }
        Ok(())
    }

    /// The converted content; `None` where it stays as it is.
    ///
    /// # Errors
    /// Text that is no base64.
    pub(super) fn convert(self, content: &[u8]) -> Result<Option<Vec<u8>>, Refusal> {
        let mut converted = Vec::new();
        match (self.from, self.to) {
            (Form::Text, Form::Binary) => decode(content, &mut converted)?,
            (Form::Binary, Form::Text) => encode(content, &mut converted),
            (Form::Text, Form::Text) | (Form::Binary, Form::Binary) => return Ok(None),
        }
        Ok(Some(converted))
    }
}

/// Converts a request's content. A template that would read binary content is an error.
///
/// # Errors
/// Content that cannot be converted, is over the budget of held bytes, or cannot be read by the template.
pub(super) fn convert_payload(
    core: &Core,
    payload: &mut Payload,
    conversion: Conversion,
    has_template: bool,
) -> Result<(), Refusal> {
    conversion.check_template(|| has_template)?;
    match conversion.convert(&payload.bytes)? {
        Some(converted) => payload.replace(core, converted),
        None => Ok(()),
    }
}

/// What a setting makes of content, whatever it was.
fn made(handling: ContentHandling) -> Form {
    match handling {
        ContentHandling::ConvertToBinary => Form::Binary,
        ContentHandling::ConvertToText => Form::Text,
    }
}

/// The conversion of this request's content, which an integration asks for with its `contentHandling`.
pub(super) fn of_request(routed: &Routed<'_>, handling: Option<ContentHandling>) -> Conversion {
    let types = &routed.addressed.stage.deployment.binary_types;
    if types.is_empty() && handling.is_none() {
        return Conversion::NONE;
    }
    let content_type = routed.addressed.arrival.head.find(Known::ContentType).map(|field| field.value);
    Conversion::of_request(types, content_type, handling)
}

/// The conversion of the content of a back end that has named its media type, or none.
pub(super) fn of_response(
    routed: &Routed<'_>,
    content_type: Option<&[u8]>,
    handling: Option<ContentHandling>,
) -> Conversion {
    let types = &routed.addressed.stage.deployment.binary_types;
    if types.is_empty() && handling.is_none() {
        return Conversion::NONE;
    }
    let from = if types.is_binary(content_type) { Form::Binary } else { Form::Text };
    Conversion::of_response(types, from, accept(routed), handling)
}

/// The conversion of content that is always text: what `MOCK` and Lambda functions give.
pub(super) fn of_text(routed: &Routed<'_>, handling: Option<ContentHandling>) -> Conversion {
    let types = &routed.addressed.stage.deployment.binary_types;
    if types.is_empty() && handling.is_none() {
        return Conversion::NONE;
    }
    Conversion::of_response(types, Form::Text, accept(routed), handling)
}

/// Whether the client asks for binary content first (fact 63).
pub(super) fn accepts_binary(routed: &Routed<'_>) -> bool {
    routed.addressed.stage.deployment.binary_types.is_accepted(accept(routed))
}

fn accept<'j>(routed: &Routed<'j>) -> Option<&'j [u8]> {
    routed.addressed.arrival.head.find(Known::Accept).map(|field| field.value)
}

/// Appends what base64 stands for.
///
/// # Errors
/// Text that is no base64; nothing is appended.
pub(super) fn decode(text: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
    BASE64.decode_vec(text, out).map_err(|error| {
        tracing::debug!(%error, "content cannot be converted");
        Refusal::Gateway(GatewayResponseType::ApiConfigurationError, Cause::Base64)
    })
}

/// Appends content as base64.
pub(super) fn encode(content: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + content.len().div_ceil(3) * 4, 0);
    let written = BASE64.encode_slice(content, &mut out[start..]);
    debug_assert_eq!(written, Ok(out.len() - start), "four characters for three bytes");
}

/// The text of a function's result: a JSON string's own, so that a function can return base64.
pub(super) fn result_text(document: &[u8]) -> Cow<'_, [u8]> {
    // Anything but a string ends the reading at its first byte.
    serde_json::from_slice(document).map_or(Cow::Borrowed(document), |text: String| Cow::Owned(text.into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::Form::{Binary, Text};
    use super::*;
    use ContentHandling::{ConvertToBinary, ConvertToText};

    /// What AWS's tables say becomes of a payload.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Becomes {
        /// "Text data", "UTF8-encoded string", "Binary data"
        Itself,
        /// "Base64-decoded binary blob"
        Decoded,
        /// "Base64-encoded string"
        Encoded,
    }
    use Becomes::{Decoded, Encoded, Itself};

    fn becomes(conversion: Conversion) -> Becomes {
        match conversion.convert(b"AAAA").expect("base64") {
            None => Itself,
            Some(content) if content == [0; 3] => Decoded,
            Some(content) if content == b"QUFBQQ==" => Encoded,
            Some(other) => panic!("{other:?}"),
        }
    }

    const NONE: Option<ContentHandling> = None;
    const TO_BINARY: Option<ContentHandling> = Some(ConvertToBinary);
    const TO_TEXT: Option<ContentHandling> = Some(ConvertToText);

    macro_rules! rows {
        ($check:ident: $($name:ident($($value:expr),+);)+) => {
            $(#[test]
            fn $name() {
                $check($($value),+);
            })+
        };
    }

    /// One row of "API Request Content Type Conversions": the configured types, the request's, the setting, the outcome.
    fn request(types: &[&str], content_type: &str, handling: Option<ContentHandling>, expected: Becomes) {
        let types = BinaryTypes::new(types.iter().copied());
        assert_eq!(becomes(Conversion::of_request(&types, Some(content_type.as_bytes()), handling)), expected);
    }

    rows! { request:
        fact_67_request_text_any_type_unset_unset(&[], "image/png", NONE, Itself);
        fact_67_request_text_any_type_unset_to_binary(&[], "image/png", TO_BINARY, Decoded);
        fact_67_request_text_any_type_unset_to_text(&[], "image/png", TO_TEXT, Itself);
        fact_67_request_text_text_type_set_unset(&["image/*"], "text/plain", NONE, Itself);
        fact_67_request_text_text_type_set_to_binary(&["image/*"], "text/plain", TO_BINARY, Decoded);
        fact_67_request_text_text_type_set_to_text(&["image/*"], "text/plain", TO_TEXT, Itself);
        fact_67_request_binary_binary_type_set_unset(&["image/*"], "image/png", NONE, Itself);
        fact_67_request_binary_binary_type_set_to_binary(&["image/*"], "image/png", TO_BINARY, Itself);
        fact_67_request_binary_binary_type_set_to_text(&["image/*"], "image/png", TO_TEXT, Encoded);
    }

    /// One row of "API Gateway Response Content Type Conversions": types, the payload, Accept, the setting, the outcome.
    fn response(types: &[&str], from: Form, accept: &str, handling: Option<ContentHandling>, expected: Becomes) {
        let types = BinaryTypes::new(types.iter().copied());
        let conversion = Conversion::of_response(&types, from, Some(accept.as_bytes()), handling);
        assert_eq!(becomes(conversion), expected);
    }

    const TYPES: &[&str] = &["image/*"];
    const ASKS_TEXT: &str = "text/html, image/png";
    const ASKS_BINARY: &str = "image/png, text/html";

    rows! { response:
        fact_67_response_any_text_unset_unset(&[], Text, ASKS_TEXT, NONE, Itself);
        fact_67_response_any_text_unset_to_binary(&[], Text, ASKS_TEXT, TO_BINARY, Decoded);
        fact_67_response_any_text_unset_to_text(&[], Text, ASKS_TEXT, TO_TEXT, Itself);
        fact_67_response_text_text_set_unset(TYPES, Text, ASKS_TEXT, NONE, Itself);
        fact_67_response_text_text_set_to_binary(TYPES, Text, ASKS_TEXT, TO_BINARY, Decoded);
        fact_67_response_text_text_set_to_text(TYPES, Text, ASKS_TEXT, TO_TEXT, Itself);
        fact_67_response_text_binary_set_unset(TYPES, Text, ASKS_BINARY, NONE, Decoded);
        fact_67_response_text_binary_set_to_binary(TYPES, Text, ASKS_BINARY, TO_BINARY, Decoded);
        fact_67_response_text_binary_set_to_text(TYPES, Text, ASKS_BINARY, TO_TEXT, Itself);
        fact_67_response_binary_text_set_unset(TYPES, Binary, ASKS_TEXT, NONE, Encoded);
        fact_67_response_binary_text_set_to_binary(TYPES, Binary, ASKS_TEXT, TO_BINARY, Itself);
        fact_67_response_binary_text_set_to_text(TYPES, Binary, ASKS_TEXT, TO_TEXT, Encoded);
        fact_67_response_binary_binary_set_unset(TYPES, Binary, ASKS_BINARY, NONE, Itself);
        fact_67_response_binary_binary_set_to_binary(TYPES, Binary, ASKS_BINARY, TO_BINARY, Itself);
        fact_67_response_binary_binary_set_to_text(TYPES, Binary, ASKS_BINARY, TO_TEXT, Encoded);
    }

    #[test]
    fn fact_67_text_that_is_no_base64_is_a_configuration_error() {
        let conversion = Conversion { from: Text, to: Binary };
        let expected = Refusal::Gateway(GatewayResponseType::ApiConfigurationError, Cause::Base64);
        for text in ["{}", "AAA A", "AAAA\n", "A"] {
            assert_eq!(conversion.convert(text.as_bytes()), Err(expected), "{text}");
        }
        for (text, bytes) in [("", &b""[..]), ("AA", &[0]), ("AA==", &[0]), ("/+8=", &[255, 239])] {
            assert_eq!(conversion.convert(text.as_bytes()), Ok(Some(bytes.to_vec())), "{text}");
        }
    }

    #[test]
    fn fact_68_only_text_reaches_a_template() {
        for (from, to, may_pass) in
            [(Text, Text, true), (Binary, Text, true), (Text, Binary, false), (Binary, Binary, false)]
        {
            let conversion = Conversion { from, to };
            assert_eq!(conversion.check_template(|| true).is_ok(), may_pass, "{conversion:?}");
            assert!(conversion.check_template(|| false).is_ok());
        }
    }

    #[test]
    fn a_function_returns_base64_as_a_json_string() {
        assert_eq!(&*result_text(b"\"AA\\u003d=\""), b"AA==");
        assert_eq!(&*result_text(b"{\"a\":1}"), b"{\"a\":1}");
        assert_eq!(&*result_text(b"AA=="), b"AA==");
    }

    proptest::proptest! {
        #[test]
        fn what_was_encoded_is_decoded_again(content in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let mut text = b"x".to_vec();
            encode(&content, &mut text);
            let mut decoded = Vec::new();
            decode(&text[1..], &mut decoded).expect("base64");
            proptest::prop_assert_eq!(decoded, content);
        }
    }
}
