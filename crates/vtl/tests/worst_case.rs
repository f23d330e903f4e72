//! What the default budget allows takes a bounded time, whatever a template does with it.

use stagegate_vtl::{Context, Options, Template};
use std::time::{Duration, Instant};

/// Built with optimizations, every one of these is to end within 250 ms of an idle core; this allows for slow and busy ones,
/// and for debug builds.
const LIMIT: Duration = if cfg!(debug_assertions) { Duration::from_secs(12) } else { Duration::from_secs(1) };

/// Repeats `inner` until the budget ends it.
fn forever(before: &str, inner: &str) -> String {
    format!("{before}#foreach($i in [1..1000])#foreach($j in [1..1000]){inner}#end#end")
}

#[test]
fn the_most_expensive_renderings_end_in_time() {
    let big = "#set($s = 'a')#foreach($i in [1..16])#set($s = \"$s$s\")#end";
    let wide = "#set($s = 'é')#foreach($i in [1..15])#set($s = \"$s$s\")#end";
    let list = "#set($l = [1..500])#set($m = {})#foreach($i in $l)#set($d = $m.put($i, $i))#end";
    let cases = [
        ("large patterns", forever("#set($s = 'x')", "$s.matches(\"([a-z0-9]{1,60}|x$i$j)(b|c)[^é]{3}\")")),
        ("medium patterns", forever("#set($s = 'x')", "$s.matches(\"([a-z]+|[0-9]{2}x$i$j)?(b|c)[^é]{3}\")")),
        ("small patterns", forever("#set($s = 'x')", "$s.replaceAll(\"[é$i]($j)\", '')")),
        ("searches", forever(big, "$s.replaceAll('(a|b)+?c', '').length()")),
        ("groups", forever(big, "$s.replaceAll('((a)(a)?)', '$1').length()")),
        ("splits", forever(big, "$s.split('a').size()")),
        ("case", forever(wide, "$s.toUpperCase().length()")),
        ("comparison", forever(wide, "$s.equalsIgnoreCase(\"${s}x\")")),
        ("hash codes", forever(wide, "$s.hashCode()")),
        ("characters", forever(wide, "$s.substring(32000)")),
        ("printing", forever(list, "#set($d = \"$l$m\")")),
        ("copies", forever(list, "#foreach($e in $l)#end#foreach($e in $m.entrySet())#end")),
        ("maps", forever("", "#set($x = {'a': {'b': {'c': [1, 2, {}]}}})")),
        ("texts", forever("", "#set($x = \"a text that takes more than a few bytes: $i $j\")")),
        ("evaluated texts", forever("", "#evaluate('$a.b.c$a.b.c')")),
        ("macros", format!("#macro(m $x)$x#end{}", forever("", "#m($i)#m($j)"))),
        ("equality", forever(list, "#if($l == $l && $m == $m)#end")),
        ("what a fuzzer found", format!("#set($s = 'Hello')#set($h = {{}})#foreach($i in [1..1000]){FOUND}#end")),
    ];
    let mut slow = Vec::new();
    for (name, source) in cases {
        let template = Template::parse(&source).unwrap();
        let begin = Instant::now();
        let result = template.render(&mut Context::new(), &Options::default(), &mut String::new());
        let taken = begin.elapsed();
        println!("{name}: {taken:?} {:?}", result.err().map(|error| error.fault.to_string()));
        if taken > LIMIT {
            slow.push((name, taken));
        }
    }
    assert!(slow.is_empty(), "{slow:?}");
}

/// A pattern that is another one each time, and large.
const FOUND: &str = "$s.replaceAll(\"[aei    zzzzzzzzzzzz$$$$$$; $$$$$    #] [1..1666666666666666666666666666(66666666666666666666\
    666666666666666666666666666666666666666666666666666666666066 $velocityCount]      $EEo0]\", \"*\")";
