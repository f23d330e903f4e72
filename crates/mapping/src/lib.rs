//! Parameter mapping, `$context` formats, stage variables and literal templates: small languages without I/O.

mod body;
mod context;
mod document;
mod format;
mod header;
mod http;
mod mock;
mod parameter;
mod substitution;
mod uri;

pub use body::{Body, BodyError, BodySource};
pub use context::{ClientCertFact, ContextVariable, OverrideFact, PhaseFact};
pub use document::{DOCUMENT_VALUE_BYTES, DocumentError, MAX_DOCUMENT_VALUES, read_document};
pub use format::{Format, FormatPart};
pub use header::{is_token, may_set_header};
pub use http::{
    HttpDirection, HttpEdit, HttpMapping, HttpMappingError, HttpSource, HttpTarget, HttpValuePart, parse_value,
};
pub use mock::mock_status_code;
pub use parameter::{MappingError, RequestSource, RequestTarget, ResponseSource, parse_response_target};
pub use substitution::{Substitution, SubstitutionPart};
pub use uri::{UriError, UriPart, UriTemplate};
