//! AWS's service model, as botocore ships it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::problem::Problem;

/// The part of `service-2.json` that drift reads.
#[derive(Debug, Deserialize)]
pub(crate) struct ServiceModel {
    /// Operations by name.
    pub(crate) operations: BTreeMap<String, Operation>,
    /// Shapes by name.
    pub(crate) shapes: BTreeMap<String, Shape>,
}

/// An operation.
#[derive(Debug, Deserialize)]
pub(crate) struct Operation {
    /// Its HTTP binding.
    pub(crate) http: Http,
    /// What it is called with.
    pub(crate) input: Option<Reference>,
}

/// An operation's HTTP binding.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Http {
    /// The verb.
    pub(crate) method: String,
    /// The path template, with a fixed query where it has one.
    pub(crate) request_uri: String,
    /// The status of success; 200 where it is not said.
    #[serde(default = "ok")]
    pub(crate) response_code: u16,
}

const fn ok() -> u16 {
    200
}

/// A shape.
#[derive(Debug, Deserialize)]
pub(crate) struct Shape {
    /// `structure`, `list`, `map`, `string` and so on.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// A structure's members by the SDK's name.
    #[serde(default)]
    pub(crate) members: BTreeMap<String, Reference>,
    /// A structure's members that must be there.
    #[serde(default)]
    pub(crate) required: Vec<String>,
    /// The fewest characters, the least number, the fewest items.
    pub(crate) min: Option<serde_json::Number>,
    /// The most.
    pub(crate) max: Option<serde_json::Number>,
    /// How a moment is written, where not as the protocol does by itself.
    #[serde(rename = "timestampFormat")]
    pub(crate) timestamp_format: Option<String>,
    /// A string's pattern.
    pub(crate) pattern: Option<String>,
    /// The member that is the whole body.
    pub(crate) payload: Option<String>,
    /// A list's element.
    pub(crate) member: Option<Reference>,
    /// A map's value.
    pub(crate) value: Option<Reference>,
    /// A string's allowed values.
    #[serde(rename = "enum")]
    pub(crate) allowed: Option<Vec<String>>,
}

impl Shape {
    /// The least and the most, where they are whole numbers.
    pub(crate) fn bounds(&self) -> (Option<i64>, Option<i64>) {
        let whole = |bound: &Option<serde_json::Number>| bound.as_ref().and_then(serde_json::Number::as_i64);
        (whole(&self.min), whole(&self.max))
    }
}

/// A use of a shape.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reference {
    /// The shape's name.
    pub(crate) shape: String,
    /// The name on the wire, where it differs from the SDK's.
    pub(crate) location_name: Option<String>,
    /// `uri`, `querystring` or `header`; the body where nothing is said.
    pub(crate) location: Option<String>,
}

impl ServiceModel {
    /// Reads a service's model, such as `apigateway/2015-07-09`, from a botocore package, or from the folder that holds one.
    pub(crate) fn load(botocore: &Path, service: &str) -> Result<Self, Problem> {
        let candidates = [botocore.to_path_buf(), botocore.join("botocore")].into_iter().flat_map(|package| {
            let folder = package.join("data").join(service);
            [folder.join("service-2.json.gz"), folder.join("service-2.json")]
        });
        let found = candidates.into_iter().find(|path| path.is_file());
        let path = found.ok_or_else(|| {
            Problem::everywhere(format!("{} holds no botocore service model of {service}", botocore.display()))
        })?;
        Self::parse(&content(&path)?).map_err(|error| Problem::everywhere(format!("{}: {error}", path.display())))
    }

    /// Reads a model from its JSON.
    pub(crate) fn parse(json: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json)
    }
}

/// The file's content, unpacked by gzip where it is packed.
fn content(path: &PathBuf) -> Result<Vec<u8>, Problem> {
    let failed = |error: String| Problem::everywhere(format!("{}: {error}", path.display()));
    if path.extension().is_none_or(|extension| extension != "gz") {
        return std::fs::read(path).map_err(|error| failed(error.to_string()));
    }
    let output = Command::new("gzip").arg("-dc").arg(path).output().map_err(|error| failed(error.to_string()))?;
    if output.status.success() { Ok(output.stdout) } else { Err(failed("gzip could not unpack it".to_owned())) }
}
