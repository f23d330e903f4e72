//! No template hangs a core, fills the memory or the stack, or panics.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use stagegate_vtl::{Budget, Context, Fault, Mode, Options, Template};

const SMALL: Budget =
    Budget { foreach_iterations: 10, output_bytes: 1_000, nesting: 200, macro_depth: 5, steps: 20_000 };

fn fault(source: &str, budget: Budget) -> Option<Fault> {
    let options = Options { mode: Mode::Velocity, budget };
    let template = Template::parse(source).unwrap();
    template.render(&mut Context::new(), &options, &mut String::new()).err().map(|error| error.fault)
}

#[test]
fn each_budget_ends_a_rendering_with_its_reason() {
    let grow = "#set($x = \"0123456789\")#foreach($i in [1..9])#set($x = \"$x$x\")#end";
    let cases = [
        ("#foreach($i in [1..11])#end", Fault::Iterations(10)),
        (grow, Fault::Output(1_000)),
        ("#foreach($i in [1..9])#foreach($j in [1..9])0123456789abcdef#end#end", Fault::Output(1_000)),
        ("#macro(m)#m()#end#m()", Fault::MacroDepth(5)),
        ("#set($x = [1..2000000000])", Fault::Steps(20_000)),
        ("#define($d)$d#end$d", Fault::Nesting(200)),
        ("#set($t = '#evaluate($t)')#evaluate($t)", Fault::Nesting(200)),
    ];
    for (source, expected) in cases {
        assert_eq!(fault(source, SMALL), Some(expected), "{source}");
    }
    assert_eq!(fault("#foreach($i in [1..10])$i#end", SMALL), None);
    assert_eq!(fault("#foreach($i in [1..1000])#end", Budget::default()), None);
    assert_eq!(fault("#foreach($i in [1..1001])#end", Budget::default()), Some(Fault::Iterations(1_000)));
}

#[test]
fn lists_that_double_stay_within_the_budgets() {
    let doubling = "#set($x = [1])#foreach($i in [1..60])#set($x = [$x, $x])#end$x";
    assert!(matches!(fault(doubling, Budget::default()), Some(Fault::Output(_) | Fault::Steps(_) | Fault::Nesting(_))));
    let adding = "#set($x = [1])#foreach($i in [1..60])#set($d = $x.addAll($x))#end";
    assert!(matches!(fault(adding, Budget::default()), Some(Fault::Steps(_))));
}

#[test]
fn a_list_cannot_hold_itself() {
    for source in ["#set($x = [])$x.add($x)", "#set($x = {})#set($y = [$x])#set($x.y = $y)"] {
        assert!(matches!(fault(source, Budget::default()), Some(Fault::Method(_))), "{source}");
    }
}

#[test]
fn deep_chains_of_lists_are_dropped_without_recursion() {
    let links = [
        "#set($x = [$x])",
        "#set($x = [$x, $x])",
        "#set($x = {'a': $x, 'b': $x})",
        "#set($y = [$x, $x])#set($x = $y.iterator())",
        "#set($y = {'a': $x, 'b': $x})#set($x = $y.entrySet())",
        "#set($y = {'a': $x})#set($x = [$y.values().iterator(), $y.entrySet().get(0)])",
    ];
    for link in links {
        let source = format!("#set($x = [])#foreach($i in [1..900])#foreach($j in [1..200]){link}#end#end");
        assert_eq!(fault(&source, Budget { steps: 10_000_000, ..Budget::default() }), None, "{link}");
    }
}

#[test]
fn deeply_nested_sources_are_refused() {
    let sources = ["#if(true)", "#set($x = [[", "$a.b(", "$a[", "#set($x = ((", "#set($x = !!", "#set($x = {1:{1:"];
    for part in sources {
        let source = part.to_owned() + &part[part.len() - 1..].repeat(100_000);
        assert!(Template::parse(&source).is_err(), "{part}");
        assert!(Template::parse(&part.repeat(10_000)).is_err(), "{part}");
    }
    let sum = format!("#set($x = 1{})$x", " + 1".repeat(10_000));
    let mut output = String::new();
    Template::parse(&sum).unwrap().render(&mut Context::new(), &Options::default(), &mut output).unwrap();
    assert_eq!(output, "10001");
}

#[test]
fn lists_within_references_are_read_once_at_each_level() {
    // Read twice at each level, this would be read a hundred million times.
    let source = format!("#set($x = {}1{})", "[$a.b(".repeat(27), ")]".repeat(27));
    assert!(Template::parse(&source).is_ok());
    assert!(Template::parse(&source[..source.len() - 1]).is_err());
}

#[test]
fn what_evaluate_fails_to_read_leaves_the_variables_in_order() {
    let template = Template::parse("#set($a = 1)#set($t = '#set($new = 2)#if')#evaluate($t)").unwrap();
    let mut context = Context::new();
    let error = template.render(&mut context, &Options::default(), &mut String::new()).unwrap_err();
    assert!(matches!(error.fault, Fault::Evaluate(_)));
    assert_eq!(context.get("a").to_string(), "1");
    assert!(context.get("new").is_null());
}

#[test]
fn a_pattern_costs_the_same_whether_it_was_compiled_before_or_not() {
    let loops = |pattern: &str| {
        format!("#set($p = '[a-z]\\d')#foreach($i in [1..9])#set($s = \"a$i\")#if($s.matches({pattern}))x#end#end")
    };
    // One that is computed may be another each time; one that is written stays compiled.
    for (pattern, from, to) in [("$p", 4_500, 6_000), ("'[a-z]\\d'", 500, 1_000)] {
        let template = Template::parse(&loops(pattern)).unwrap();
        let least = || {
            (0..20_000).step_by(50).find(|steps| {
                let options = Options { mode: Mode::Velocity, budget: Budget { steps: *steps, ..SMALL } };
                template.render(&mut Context::new(), &options, &mut String::new()).is_ok()
            })
        };
        let first = least();
        assert!(first.is_some_and(|steps| (from..to).contains(&steps)), "{pattern}: {first:?}");
        assert_eq!(first, least(), "{pattern}");
    }
}

#[test]
fn a_block_means_nothing_to_another_rendering() {
    let mut context = Context::new();
    let mut output = String::new();
    let options = Options::default();
    Template::parse("#define($d)$a$b$c#end").unwrap().render(&mut context, &options, &mut output).unwrap();
    Template::parse("[$d#define($e)e#end$d$e]").unwrap().render(&mut context, &options, &mut output).unwrap();
    assert_eq!(output, "[e]");
}

#[test]
fn many_evaluated_texts_are_dropped_without_recursion() {
    let source = "#foreach($i in [1..400])#foreach($j in [1..400])#evaluate('x')#end#end";
    assert_eq!(fault(source, Budget { steps: 10_000_000, ..Budget::default() }), None);
}

#[test]
fn patterns_that_backtrack_elsewhere_end_in_linear_time() {
    let text = "a".repeat(30_000);
    for call in
        ["matches('(a+)+b')", "replaceAll('(a|a)*b', '')", "split('(a*)*b')", "replaceAll('(.*)(.*)(.*)c', '$1')"]
    {
        let source = format!("#set($t = '{text}')$t.{call}");
        let started = std::time::Instant::now();
        let _ = fault(&source, Budget::default());
        assert!(started.elapsed() < std::time::Duration::from_secs(5), "{call}");
    }
}

#[test]
fn large_arguments_and_keys_are_paid_for() {
    let calls = ["$s.indexOf($big)", "$m.get($big)", "$s.equalsIgnoreCase($big)", "$big.hashCode()", "$big.split('')"];
    for call in calls {
        let grow = "#set($s = 'a')#set($m = {})#set($big = \"0123456789\")#foreach($i in [1..16])#set($big = \"$big$big\")#end";
        let source = format!("{grow}#foreach($i in [1..900])#set($d = {call})#end");
        assert!(matches!(fault(&source, Budget::default()), Some(Fault::Steps(_))), "{call}");
    }
}

fn source() -> impl Strategy<Value = String> {
    let words = [
        "$a",
        "$!{b}",
        "${",
        "}",
        "$foreach.index",
        "#set(",
        "$a = ",
        "[1..3]",
        "{\"k\":",
        "\"$a\"",
        "'x'",
        ")",
        "(",
        "]",
        "#if(",
        "#else",
        "#elseif(",
        "#end",
        "#foreach($i in ",
        "#macro(m $p)",
        "#m(",
        "#@m(",
        "$bodyContent",
        "#define($d)",
        "#evaluate(",
        "#break",
        "#stop",
        "##",
        "\n",
        "#*",
        "*#",
        "#[[",
        "]]#",
        "\\",
        " ",
        ",",
        "1",
        "-2.5",
        " + ",
        " == ",
        ".replaceAll('a+', '$0')",
        ".split(',')",
        ".add(1)",
        ".put(\"k\", $a)",
        ".size()",
        ".substring(1)",
        "é",
        "$",
        "#",
        "!",
    ];
    prop::collection::vec(prop::sample::select(words.to_vec()), 0..40).prop_map(|words| words.concat())
}

fn held(source: &str) -> Result<(), TestCaseError> {
    let Ok(template) = Template::parse(source) else { return Ok(()) };
    for mode in [Mode::Velocity, Mode::Aws] {
        let mut output = String::new();
        let result = template.render(&mut Context::new(), &Options { mode, budget: SMALL }, &mut output);
        prop_assert!(output.len() <= SMALL.output_bytes);
        drop(result);
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_text_is_rendered_or_refused(text in any::<String>()) {
        held(&text)?;
    }

    #[test]
    fn any_mixture_of_the_language_is_rendered_or_refused(text in source()) {
        held(&text)?;
    }

    #[test]
    fn text_without_dollars_hashes_and_backslashes_is_kept(text in "[^$#\\\\]{0,200}") {
        let mut output = String::new();
        Template::parse(&text).unwrap().render(&mut Context::new(), &Options::default(), &mut output).unwrap();
        prop_assert_eq!(output, text);
    }
}
