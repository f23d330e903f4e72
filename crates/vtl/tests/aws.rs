//! AWS's deviation, host objects, and the errors that tell where they are.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use stagegate_vtl::{Context, Fault, Key, Map, Mode, Object, Options, RenderError, Template, Value, Variables};
use std::cell::RefCell;
use std::rc::Rc;

fn aws(source: &str, context: &mut Context) -> Result<String, RenderError> {
    let mut output = String::new();
    let options = Options { mode: Mode::Aws, ..Options::default() };
    Template::parse(source).unwrap().render(context, &options, &mut output)?;
    Ok(output)
}

#[test]
fn fact_81a_a_reference_that_resolves_to_nothing_is_the_empty_string() {
    let cases = [
        ("[$undefined]", "[]"),
        ("[${undefined.x}]", "[]"),
        ("[$undefined.call()]", "[]"),
        ("#if($undefined)T#{else}F#end", "T"),
        ("#if(!$undefined)T#{else}F#end", "F"),
        ("#if($undefined == \"\")T#{else}F#end", "T"),
        ("#set($m = {\"$undefined\": 1})$m", "{=1}"),
        ("#set($m = {})#set($d = $m.put(\"k\", $undefined))#if($m.k == \"\")T#end", "T"),
        ("#set($x = 1)#set($x = $undefined)[$x]", "[]"),
        ("#foreach($i in $undefined)x#end.", "."),
        (r"\$undefined", "$undefined"),
        ("#if(\"text\")T#{else}F#end", "F"),
    ];
    for (source, expected) in cases {
        assert_eq!(aws(source, &mut Context::new()).unwrap(), expected, "{source}");
    }
}

#[derive(Default)]
struct Recorder(RefCell<Vec<(String, String)>>);

impl Object for Recorder {
    fn property(&self, name: &str) -> Option<Value> {
        (name == "body").then(|| Value::text("{}"))
    }

    fn set_property(&self, name: &str, value: &Value) -> bool {
        self.0.borrow_mut().push((name.to_owned(), format!("{value:?}")));
        true
    }

    fn call(&self, method: &str, arguments: &[Value]) -> Result<Option<Value>, Fault> {
        match (method, arguments) {
            ("json", [Value::Text(path)]) => Ok(Some(Value::text(format!("<{path}>")))),
            ("fail", _) => Err(Fault::method("as told")),
            _ => Ok(None),
        }
    }

    fn elements(&self) -> Option<Vec<Value>> {
        Some(vec![Value::Int(1), Value::Int(2)])
    }

    fn print(&self) -> String {
        format!("{:?}", self.0.borrow())
    }
}

#[test]
fn host_objects_answer_members_calls_and_loops() {
    let cases = [
        ("$o.body", "{}"),
        ("$o[\"body\"]", "{}"),
        ("[$o.nothing]", "[]"),
        ("$o.json('$.a')", "<$.a>"),
        ("[$o.nothing()]", "[]"),
        ("#foreach($i in $o)$i#end", "12"),
        ("#set($o.a = 1)#set($o[\"b\"] = \"c\")$o", "[(\"a\", \"1\"), (\"b\", \"c\")]"),
    ];
    for (source, expected) in cases {
        let mut context = Context::new();
        context.set("o", Value::object(Recorder::default()));
        assert_eq!(aws(source, &mut context).unwrap(), expected, "{source}");
    }
}

#[test]
fn errors_say_where_they_are() {
    let mut context = Context::new();
    context.set("o", Value::object(Recorder::default()));
    let error = aws("a\n  $o.fail()", &mut context).unwrap_err();
    assert_eq!(error, RenderError { line: 2, column: 3, fault: Fault::method("as told") });
    let refused = Template::parse("a\n#if($x)\nb").unwrap_err();
    assert_eq!((refused.line, refused.message.as_str()), (3, "#if without #end"));
}

#[test]
fn what_a_template_sets_stays_in_the_context() {
    let mut context = Context::new();
    let map = Map::new();
    map.put(Key::Text("k".into()), Value::Int(1));
    context.set("m", Value::Map(map.clone()));
    aws("#set($m.k = 2)#set($x = 3)", &mut context).unwrap();
    assert!(matches!(map.get(&Key::Text("k".into())), Some(Value::Int(2))));
    assert!(matches!(context.get("x"), Value::Int(3)));
}

/// Variables that note which of them were asked for.
#[derive(Default)]
struct Asked(RefCell<Vec<String>>);

impl Variables for Asked {
    fn variable(&self, name: &str) -> Option<Value> {
        self.0.borrow_mut().push(name.to_owned());
        (name == "input").then(|| Value::text("made"))
    }
}

#[test]
fn outer_variables_are_made_when_they_are_read_and_once() {
    let asked = Rc::new(Asked::default());
    let outer: Rc<dyn Variables> = Rc::<Asked>::clone(&asked);
    let mut context = Context::over(outer);
    let source = "#if(false)$context.stage#end$input $input#foreach($i in [1, 2])$i$input#end$other";
    assert_eq!(aws(source, &mut context).unwrap(), "made made1made2made");
    let read = |name: &str| asked.0.borrow().iter().filter(|asked| *asked == name).count();
    assert_eq!((read("input"), read("other"), read("context")), (1, 1, 0));
}

#[test]
fn what_is_set_over_outer_variables_hides_them_and_leaves_them_alone() {
    let outer: Rc<dyn Variables> = Rc::new(Asked::default());
    let mut context = Context::over(Rc::clone(&outer));
    assert_eq!(aws("$input#set($input = 1)$input", &mut context).unwrap(), "made1");
    assert_eq!(context.get("input").to_string(), "1");
    assert_eq!(outer.variable("input").unwrap().to_string(), "made");
}
