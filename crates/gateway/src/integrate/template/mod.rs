//! Velocity templates of integrations: what `$input`, `$util`, `$context` and `$stageVariables` are bound to.

mod context;
mod document;
mod functions;
mod input;
mod overrides;
mod work;

pub(crate) use overrides::Overrides;
use work::Work;

use std::rc::Rc;

use stagegate_http1::Known;
use stagegate_plan::{BodyTemplate, GatewayResponseType, Program, Selected, Template, Templates};
use stagegate_vtl::{Context, Key, Map, Mode, Options, Value};

use super::values::Lookup;
use crate::observe::log_why;
use crate::refusal::{Cause, Refusal};
use crate::route::Routed;

/// The request template for this client's content; `None` passes it through.
///
/// # Errors
/// 415 for content that no template takes (fact 78).
pub(crate) fn select<'p, T: Template>(
    routed: &Routed<'_>,
    templates: &'p Templates<T>,
) -> Result<Option<&'p T>, Refusal> {
    let content_type = routed.addressed.arrival.head.find(Known::ContentType).map(|field| field.value);
    match templates.select(content_type) {
        Selected::PassThrough => Ok(None),
        Selected::Template(template) => Ok(Some(template)),
        Selected::Unsupported => Err(Refusal::Gateway(GatewayResponseType::UnsupportedMediaType, Cause::MediaType)),
    }
}

/// Appends what a template makes of a body.
///
/// # Errors
/// A template that fails or meets a budget: 500.
pub(crate) fn write(
    lookup: Lookup<'_>,
    template: &BodyTemplate,
    body: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), Refusal> {
    match template {
        BodyTemplate::Literal(text) => out.extend_from_slice(text),
        BodyTemplate::Program(program) => out.extend_from_slice(render(lookup, program, body)?.as_bytes()),
    }
    Ok(())
}

/// Renders a program over a body.
///
/// # Errors
/// A template that fails or meets a budget: 500.
pub(crate) fn render(lookup: Lookup<'_>, program: &Program, body: &[u8]) -> Result<String, Refusal> {
    let work = Rc::new(Work::new(lookup.core.budgets.document()));
    let mut context = bindings(lookup, program, body, &work);
    let options = Options { mode: Mode::Aws, ..Options::default() };
    let mut output = String::new();
    program.template.render(&mut context, &options, &mut output).map_err(|error| {
        tracing::debug!(%error, "a mapping template failed");
        lookup.notes.explain("integrate", format_args!("the mapping template failed: {error}"));
        if work.is_over_budget() {
            return Refusal::OverBudget;
        }
        log_why(lookup.notes, Cause::Template, &error);
        Refusal::Gateway(GatewayResponseType::ApiConfigurationError, Cause::Template)
    })?;
    Ok(output)
}

/// The variables of a rendering; what the program cannot reach is left out.
fn bindings(lookup: Lookup<'_>, program: &Program, body: &[u8], work: &Rc<Work>) -> Context {
    let mut context = Context::new();
    let params = if program.reads_params { input::params(lookup) } else { Map::new() };
    context.set("input", Value::object(input::Input::new(body, params, Rc::clone(work))));
    context.set("util", Value::object(functions::Functions(Rc::clone(work))));
    if program.reads_context {
        context.set("context", context::context(lookup));
    }
    if program.reads_stage_variables {
        context.set("stageVariables", stage_variables(lookup));
    }
    context
}

fn stage_variables(lookup: Lookup<'_>) -> Value {
    let variables = Map::new();
    for (name, value) in &lookup.routed.addressed.stage.variables {
        put(&variables, name, Value::text(&**value));
    }
    Value::Map(variables)
}

/// Sets a member of a map.
fn put(map: &Map, name: &str, value: Value) {
    map.put(Key::Text(name.into()), value);
}
