//! Patterns by the examples of AWS's guide, and what is refused.

use super::Pattern;

fn wants(pattern: &str, message: &str) -> bool {
    Pattern::parse(pattern).expect(pattern).wants(message)
}

#[test]
fn terms_are_required_optional_or_excluded() {
    for (pattern, message, wanted) in [
        ("", "anything", true),
        ("  ", "anything", true),
        ("ERROR", "[ERROR 400] BAD REQUEST", true),
        ("ERROR", "[error 400] BAD REQUEST", false),
        ("ERROR ARGUMENTS", "[ERROR 419] MISSING ARGUMENTS", true),
        ("ERROR ARGUMENTS", "[ERROR 401] UNAUTHORIZED REQUEST", false),
        ("?ERROR ?ARGUMENTS", "[ERROR 401] UNAUTHORIZED REQUEST", true),
        ("?ERROR ?ARGUMENTS", "[INFO 200] OK", false),
        ("\"INTERNAL SERVER ERROR\"", "[ERROR 500] INTERNAL SERVER ERROR", true),
        ("\"SERVER INTERNAL\"", "[ERROR 500] INTERNAL SERVER ERROR", false),
        ("ERROR -ARGUMENTS", "[ERROR 401] UNAUTHORIZED REQUEST", true),
        ("ERROR -ARGUMENTS", "[ERROR 419] MISSING ARGUMENTS", false),
        ("-ARGUMENTS", "[ERROR 401]", true),
        // Optional terms count only among themselves.
        ("ERROR ?401", "[ERROR 400]", true),
        ("\"say \\\"hi\\\"\"", "they say \"hi\" to all", true),
        ("%AUTHORIZED%", "[ERROR 401] UNAUTHORIZED REQUEST", true),
        ("%colou?r%", "color", true),
        ("%10\\.10\\.0\\.1%", "from 10.10.0.1", true),
        ("%10\\.10\\.0\\.1%", "from 10x10.0.1", false),
        ("-%4[0-9]{2}%", "status 404", false),
        ("%ERROR.4[12]%", "[ERROR 419]", true),
        ("%ERROR.4[12]%", "[ERROR 400]", false),
        ("%^a.b$%", "a\u{e9}b", true),
        ("%^[^b]+$%", "\u{e9}a", true),
        ("%\\d{1,3}\\.\\d{1,3}%", "from 10.20", true),
        ("%^\\d$%", "\u{664}", false),
        ("%^\\w\\s\\S$%", "a !", true),
        ("%^\\D\\W$%", "a\u{e9}", true),
        ("%^[\\d.]+$%", "1.2", true),
        ("%\\\\d%", "a\\d", true),
        ("%\\w{1,200}%", "a", true),
    ] {
        assert_eq!(wants(pattern, message), wanted, "{pattern} of {message}");
    }
}

#[test]
fn conditions_hold_of_events_that_are_json() {
    const EVENT: &str = r#"{"eventType":"UpdateTrail","sourceIPAddress":"111.111.111.111","arrayKey":["value","another"],
        "objectList":[{"name":"a","id":1},{"name":"b","id":2}],"SomeObject":null,"cluster.name":"c","ThisFlag":true,
        "user":{"id":1,"email":"John.Doe@example.com"},"number":4.5e2,"text":"404","empty":""}"#;
    for (pattern, wanted) in [
        ("{ $.eventType = \"UpdateTrail\" }", true),
        ("{ $.eventType = UpdateTrail }", true),
        ("{$.eventType=\"Update*\"}", true),
        ("{ $.eventType = \"*Tr*l\" }", true),
        ("{ $.eventType = \"*trail\" }", false),
        ("{ $.eventType != \"UpdateTrail\" }", false),
        ("{ $.sourceIPAddress != 123.123.* }", true),
        ("{ $.sourceIPAddress = %^111\\.[0-9.]+$% }", true),
        ("{ $.arrayKey[0] = \"value\" }", true),
        ("{ $.arrayKey[*] = \"another\" }", true),
        ("{ $.arrayKey[7] = \"value\" }", false),
        ("{ $.objectList[1].id = 2 }", true),
        ("{ $.objectList[*].id >= 3 }", false),
        ("{ $.SomeObject IS NULL }", true),
        ("{ $.eventType IS NULL }", false),
        ("{ $.SomeOtherObject NOT EXISTS }", true),
        ("{ $.SomeObject NOT EXISTS }", false),
        ("{ $.ThisFlag IS TRUE }", true),
        ("{ $.ThisFlag IS FALSE }", false),
        ("{ $.['cluster.name'] = \"c\" }", true),
        ("{ $.number > 449 }", true),
        ("{ $.number < 4e2 }", false),
        ("{ $.number = 450 }", true),
        ("{ $.text = 404 }", true),
        ("{ $.text >= 405 }", false),
        ("{ $.empty = \"\" }", true),
        ("{ $.missing != \"x\" }", false),
        ("{ $.user = \"*\" }", false),
        ("{ ($.user.id = 1) && ($.objectList[0].name = \"a\") }", true),
        ("{ $.user.id = 2 || $.user.id = 1 && $.number = 450 }", true),
        ("{ ($.user.id = 2 || $.user.id = 1) && $.number = 1 }", false),
        ("{ $.user.email = \"John.Doe@*\" }", true),
    ] {
        assert_eq!(wants(pattern, EVENT), wanted, "{pattern}");
    }
    assert!(!wants("{ $.a NOT EXISTS }", "no JSON"));
    assert!(!wants("{ $.a = 1 }", "{\"a\":1"));
}

#[test]
fn conditions_hold_of_fields_between_spaces() {
    const EVENT: &str = "127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] \"GET /index.html HTTP/1.0\" 404 1534";
    for (pattern, wanted) in [
        ("[ip, user, username, timestamp, request, status_code, bytes]", true),
        ("[ip, user, username, timestamp, request, status_code = 4*, bytes > 1000]", true),
        ("[ip, user, username, timestamp, request, status_code = 4*, bytes > 2000]", false),
        ("[ip, user]", false),
        ("[..., status_code=4*, bytes>=1534]", true),
        ("[ip=127.0.0.1, ..., bytes]", true),
        ("[ip!=127.0.0.1, ..., bytes]", false),
        ("[ip=%127\\.0\\.0\\.[1-9]%, ...]", true),
        ("[..., request=*html*, status_code=404 || status_code=410, bytes]", true),
        ("[..., status_code=400 || status_code=410, bytes]", false),
        ("[..., request=\"GET /index.html HTTP/1.0\", s, b]", true),
        ("[a, ...]", true),
    ] {
        assert_eq!(wants(pattern, EVENT), wanted, "{pattern}");
    }
}

#[test]
fn what_is_no_pattern_is_refused_with_its_place() {
    for (pattern, message) in [
        (
            "a/b",
            "at character 2: expected a space; quote a term with characters other than letters and digits, found /",
        ),
        ("\"open", "at character 2: there is no \" that ends this"),
        ("%a(b)%", "at character 1: a regular expression may not hold ("),
        ("%a[%", "at character 1: this is no regular expression, or too large a one"),
        ("{ eventType = 1 }", "at character 3: expected a selector, such as $.status, found e"),
        ("{ $.a = }", "at character 9: expected a value, found }"),
        ("{ $.a > x }", "at character 10: only numbers can be compared with <, <=, > and >="),
        ("{ $.a = 1", "at character 10: expected &&, || or }, found the end"),
        ("{ $.a = 1 } x", "at character 13: expected the end of the pattern, found x"),
        ("{ $.a IS 1 }", "at character 10: expected NULL, TRUE or FALSE, found 1"),
        ("{ $.a EXISTS }", "at character 7: expected =, !=, <, <=, >, >=, IS or NOT EXISTS, found E"),
        ("{ $.a[x] = 1 }", "at character 7: expected a number, * or a quoted name, found x"),
        ("[a, ..., ...]", "at character 13: there may be one ellipsis"),
        ("[a=1 || b=2]", "at character 10: conditions that are joined by || are about one field, here a"),
        ("[a", "at character 3: expected , or ], found the end"),
    ] {
        assert_eq!(Pattern::parse(pattern).expect_err(pattern).to_string(), message, "{pattern}");
    }
    let deep = format!("{{ {}$.a = 1{} }}", "(".repeat(100), ")".repeat(100));
    assert!(Pattern::parse(&deep).expect_err("refused").why.contains("too deep"));
}

proptest::proptest! {
    #[test]
    fn any_text_is_a_pattern_or_refused(text in "[\\[\\]{}$.*=<>!&|()\"%?, a-c0-9-]{0,40}", message in "[a-c0-9 \"\\[\\]{}:]{0,40}") {
        if let Ok(pattern) = Pattern::parse(&text) {
            pattern.wants(&message);
        }
    }

    #[test]
    fn a_quoted_term_is_found_where_it_stands(before in "[a-z ]{0,9}", term in "[^\"\\\\]{1,20}", after in "[a-z ]{0,9}") {
        let pattern = Pattern::parse(&format!("\"{term}\"")).expect("a pattern");
        let message = format!("{before}{term}{after}");
        proptest::prop_assert!(pattern.wants(&message));
    }
}
