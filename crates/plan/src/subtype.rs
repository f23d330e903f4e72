//! First-class integrations with AWS's services, compiled: the ten operations that an HTTP API may call by name.

use stagegate_mapping::HttpValuePart;

use crate::integration::HttpPlan;

/// A compiled integration with an `integrationSubtype`. Its service is bound by the stage: see [`crate::ServiceTarget`].
#[derive(Debug)]
pub struct SubtypePlan {
    /// The service as integration ARNs name it, such as `sqs`.
    pub service: &'static str,
    /// What the service's host begins with.
    pub host: &'static str,
    /// The operation, such as `SendMessage`.
    pub action: &'static str,
    /// The form of its request.
    pub wire: SubtypeWire,
    /// Its parameters, each with its value.
    pub parameters: Box<[SubtypeParameter]>,
    /// `Region` as configured, with stage variables; without it, the API's own.
    pub region: Option<Box<[HttpValuePart]>>,
    /// The role as configured, with `${stageVariables.x}`.
    pub credentials: Option<Box<str>>,
    /// The call itself, whose answer passes through: a proxy's without mappings.
    pub call: HttpPlan,
}

/// How the parameters of an operation are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubtypeWire {
    /// As a JSON object; `entries` names the list that holds it as its only element.
    Json {
        /// The member around it.
        entries: Option<&'static str>,
    },
    /// As a form.
    Form,
    /// In the path, whose `{Name}`s are parameters, and in the query.
    Path(&'static str),
}

/// A parameter of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubtypeParameter {
    /// Its name, such as `MessageBody`.
    pub name: &'static str,
    /// Its name in a query, where that differs.
    pub wire_name: &'static str,
    /// What its value is.
    pub form: ParameterForm,
    /// Where its value comes from.
    pub value: Box<[HttpValuePart]>,
}

/// What a parameter's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ParameterForm {
    /// Text.
    Text,
    /// A whole number.
    Integer,
    /// Seconds since 1970, or a date as text.
    Time,
    /// Bytes: text that is base64 already, or whatever it is, in base64.
    Bytes,
    /// A list of texts: JSON, or one text.
    Texts,
    /// A JSON object of attributes, each with `DataType` and its value.
    Attributes,
}

impl SubtypePlan {
    /// Whether a parameter comes from the request's content.
    pub fn reads_body(&self) -> bool {
        self.parameters.iter().any(|parameter| crate::edits::parts_read_body(&parameter.value))
    }
}
