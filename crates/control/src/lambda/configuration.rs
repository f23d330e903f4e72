//! `GetFunctionConfiguration`, `UpdateFunctionConfiguration`, and the members that both they and `CreateFunction` have.

use serde_json::{Map, Value};
use stagegate_model::lambda::{Environment, FunctionConfiguration};
use stagegate_model::rest::StringMap;

use super::answer::{now, shown};
use super::code;
use super::fault::{constraint, invalid};
use super::name::Named;
use super::row;
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::input::Input;
use crate::transaction::Transaction;

/// Seconds of one invocation (AWS, "Lambda quotas").
const TIMEOUT: std::ops::RangeInclusive<u64> = 1..=900;
/// MB of memory.
const MEMORY: std::ops::RangeInclusive<u64> = 128..=10_240;
/// Characters of a description.
const DESCRIPTION_LENGTH: usize = 256;
/// Members that are kept and shown, and mean nothing here.
const KEPT: [&str; 7] =
    ["DeadLetterConfig", "EphemeralStorage", "KMSKeyArn", "LoggingConfig", "SnapStart", "TracingConfig", "VpcConfig"];
/// Members that would change what a function does, and are not served.
const REFUSED: [&str; 9] = [
    "AcceleratorConfig",
    "CapacityProviderConfig",
    "CodeSigningConfigArn",
    "DurableConfig",
    "FileSystemConfigs",
    "ImageConfig",
    "Layers",
    "RuntimeConfig",
    "TenancyConfig",
];

/// The members of a configuration that a call gives.
#[derive(Debug, Default)]
pub(super) struct Given {
    runtime: Option<String>,
    role: Option<String>,
    handler: Option<String>,
    description: Option<String>,
    timeout: Option<u64>,
    memory_size: Option<u64>,
    environment: Option<StringMap>,
    kept: Map<String, Value>,
}

impl Given {
    /// Reads them out of a body.
    pub(super) fn read(input: &mut Input, call: &Call) -> Result<Self, Fault> {
        let (mut kept, body) = (Map::new(), body(call));
        for (member, value) in body {
            let is_empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
            if REFUSED.contains(&member.as_str()) && !is_empty {
                return Err(invalid(format!("{member} is not served by this version of Stagegate")));
            }
            if KEPT.contains(&member.as_str()) && !is_empty {
                kept.insert(member, value);
            }
        }
        let environment = match input.structure("Environment")? {
            Some(mut environment) => Some(environment.text_map("Variables")?.unwrap_or_default()),
            None => None,
        };
        Ok(Self {
            runtime: input.text("Runtime")?,
            role: input.text("Role")?.map(check_role).transpose()?,
            handler: input.text("Handler")?,
            description: input.text("Description")?.map(check_description).transpose()?,
            timeout: number(input, "Timeout", "timeout", TIMEOUT)?,
            memory_size: number(input, "MemorySize", "memorySize", MEMORY)?,
            environment,
            kept,
        })
    }

    /// Whether both members are there that every function from a zip archive has, besides its role.
    pub(super) fn check_complete(&self) -> Result<(), Fault> {
        if self.role.is_none() {
            return Err(null("role"));
        }
        let is_provided = self.runtime.as_deref().is_some_and(|runtime| runtime.starts_with("provided"));
        if self.runtime.is_none() || (self.handler.is_none() && !is_provided) {
            return Err(invalid(
                "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
            ));
        }
        Ok(())
    }

    /// Writes what is given into a configuration.
    pub(super) fn apply(self, configuration: &mut FunctionConfiguration) {
        fn set<T>(member: &mut T, given: Option<T>) {
            if let Some(given) = given {
                *member = given;
            }
        }
        set(&mut configuration.runtime, self.runtime);
        set(&mut configuration.role, self.role);
        set(&mut configuration.handler, self.handler);
        set(&mut configuration.description, self.description);
        set(&mut configuration.timeout, self.timeout);
        set(&mut configuration.memory_size, self.memory_size);
        if let Some(variables) = self.environment {
            configuration.environment = Some(Environment { variables }).filter(|one| !one.variables.is_empty());
        }
        configuration.kept.extend(self.kept);
    }
}

fn body(call: &Call) -> Map<String, Value> {
    serde_json::from_slice(&call.body).unwrap_or_default()
}

fn null(member: &str) -> Fault {
    let message = format!(
        "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
    );
    Fault::new(crate::fault::FaultKind::Validation, message)
}

/// A role is an ARN; whether there is such a role is nobody's business here.
fn check_role(arn: String) -> Result<String, Fault> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let is_role = matches!(parts[..], ["arn", _, "iam", "", account, name]
        if account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()) && name.starts_with("role/"));
    if is_role && arn.len() <= 512 {
        return Ok(arn);
    }
    let rule = "Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?\
                [a-zA-Z_0-9+=,.@\\-_/]+";
    Err(constraint(&arn, "role", rule))
}

pub(super) fn check_description(description: String) -> Result<String, Fault> {
    if description.chars().count() <= DESCRIPTION_LENGTH {
        return Ok(description);
    }
    let rule = format!("Member must have length less than or equal to {DESCRIPTION_LENGTH}");
    Err(constraint(&description, "description", &rule))
}

fn number(
    input: &mut Input,
    member: &str,
    shown: &str,
    allowed: std::ops::RangeInclusive<u64>,
) -> Result<Option<u64>, Fault> {
    let Some(given) = input.integer(member)? else { return Ok(None) };
    let fitting = u64::try_from(given).ok().filter(|number| allowed.contains(number));
    let (least, most) = (allowed.start(), allowed.end());
    let rule = format!("Member must have value between {least} and {most}");
    fitting.map(Some).ok_or_else(|| constraint(&given.to_string(), shown, &rule))
}

/// `GetFunctionConfiguration`.
pub(super) async fn get(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let named = Named::of(call)?;
    let row = row::load(&named, call, transaction).await?;
    Ok(Reply::Document(shown(row::version(&row, &named, call)?)?))
}

/// `UpdateFunctionConfiguration`.
pub(super) async fn update(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let named = Named::of(call)?;
    let mut input = Input::of(call)?;
    let given = Given::read(&mut input, call)?;
    let revision = input.text("RevisionId")?;
    input.finish()?;
    let mut row = row::load_own(&named, call, transaction).await?;
    row::check_revision(revision.as_deref(), &row.latest.configuration.revision_id)?;
    given.apply(&mut row.latest.configuration);
    let archive = transaction.blob(&row.latest.code).await?.unwrap_or_default();
    code::try_out(&row, archive, call).await?;
    row.latest.configuration.last_modified = now(call);
    row.latest.configuration.revision_id = row::new_revision(call);
    row::store(&row, call, transaction)?;
    Ok(Reply::Document(shown(&row.latest)?))
}
