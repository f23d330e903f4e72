//! Mapping templates: literal texts as they are, others compiled as Velocity programs.

use stagegate_mapping::mock_status_code;
use stagegate_model::rest::{Integration, PassthroughBehavior};
use stagegate_plan::{BodyTemplate, Passthrough, Program, StatusTemplate, Templates};
use stagegate_vtl::Template;

use crate::finding::{Refusal, Subject};
use crate::literal::literal;

/// Compiles an integration's request templates, each through `compile`.
pub(crate) fn request_templates<T>(
    integration: &Integration,
    compile: impl Fn(&str) -> Result<T, String>,
) -> Result<Templates<T>, Refusal> {
    let entry = |(media_type, source): (&String, &String)| {
        let refuse = |why| Refusal::new(Subject::RequestTemplate, format!("the template for `{media_type}`: {why}"));
        compile(source).map(|template| (media_type.as_str().into(), template)).map_err(refuse)
    };
    let entries = integration.request_templates.iter().flatten().map(entry).collect::<Result<_, _>>()?;
    Ok(Templates { entries, passthrough: passthrough(integration.passthrough_behavior) })
}

fn passthrough(behavior: Option<PassthroughBehavior>) -> Passthrough {
    match behavior.unwrap_or(PassthroughBehavior::WhenNoMatch) {
        PassthroughBehavior::WhenNoMatch => Passthrough::WhenNoMatch,
        PassthroughBehavior::WhenNoTemplates => Passthrough::WhenNoTemplates,
        PassthroughBehavior::Never => Passthrough::Never,
    }
}

/// Compiles a template whose output becomes a body.
pub(crate) fn body_template(source: &str) -> Result<BodyTemplate, String> {
    match literal(source) {
        Some(text) => Ok(BodyTemplate::Literal(text.as_bytes().into())),
        None => program(source).map(BodyTemplate::Program),
    }
}

/// Compiles a template whose output names the status of a `MOCK` integration.
pub(crate) fn status_template(source: &str) -> Result<StatusTemplate, String> {
    match literal(source) {
        Some("") => Ok(StatusTemplate::Empty),
        Some(text) => Ok(StatusTemplate::Literal(mock_status_code(text.as_bytes()))),
        None => program(source).map(StatusTemplate::Program),
    }
}

fn program(source: &str) -> Result<Box<Program>, String> {
    let template = Template::parse(source).map_err(|error| error.to_string())?;
    // A reference stands in the text by its name; only `#evaluate` can put one together.
    let reads = |name: &str| source.contains(name) || source.contains("evaluate");
    Ok(Box::new(Program {
        template,
        reads_context: reads("context"),
        reads_params: reads("params"),
        reads_stage_variables: reads("stageVariables"),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_needs_velocity_becomes_a_program() {
        assert!(matches!(body_template("costs $5"), Ok(BodyTemplate::Literal(text)) if *text == *b"costs $5"));
        assert!(matches!(status_template(""), Ok(StatusTemplate::Empty)));
        assert!(matches!(status_template("{\"statusCode\": 201}"), Ok(StatusTemplate::Literal(Some(201)))));
        assert!(matches!(status_template("{}"), Ok(StatusTemplate::Literal(None))));
        assert!(body_template("#if(").is_err());
    }

    #[test]
    fn a_program_knows_what_it_can_reach() {
        let cases = [
            ("$input.body", (false, false, false)),
            ("$context.requestId", (true, false, false)),
            ("$input.params('a')$stageVariables.b", (false, true, true)),
            ("#evaluate($input.body)", (true, true, true)),
        ];
        for (source, expected) in cases {
            let program = program(source).expect("a template");
            let reads = (program.reads_context, program.reads_params, program.reads_stage_variables);
            assert_eq!(reads, expected, "{source}");
        }
    }
}
