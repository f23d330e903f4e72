//! Templates: any text compiles or is refused, and what compiles renders within its budgets.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stagegate_vtl::{Budget, Context, Mode, Options, Template};
use std::cell::OnceCell;

const BUDGET: Budget =
    Budget { foreach_iterations: 50, output_bytes: 10_000, nesting: 100, macro_depth: 10, steps: 20_000 };

/// What every template finds in its context, as the oracle's cases do.
const PRELUDE: &str = include_str!("../../crates/vtl/tests/templates/prelude.vm");

thread_local! {
    static VARIABLES: OnceCell<Template> = const { OnceCell::new() };
}

fn context() -> Context {
    let mut context = Context::new();
    VARIABLES.with(|cell| {
        let prelude = cell.get_or_init(|| Template::parse(PRELUDE).expect("the prelude is a template"));
        prelude.render(&mut context, &Options::default(), &mut String::new()).expect("the prelude renders");
    });
    context
}

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(template) = Template::parse(text) else { return };
    for mode in [Mode::Velocity, Mode::Aws] {
        let mut output = String::new();
        let _ = template.render(&mut context(), &Options { mode, budget: BUDGET }, &mut output);
        assert!(output.len() <= BUDGET.output_bytes);
    }
});
