//! Which members a documentation part's location may have.

use proptest::prelude::*;
use stagegate_model::rest::{DocumentationPartLocation, DocumentationPartType, is_status_pattern};

fn location(kind: DocumentationPartType, members: &str) -> DocumentationPartLocation {
    let member = |name: &str, value: &str| members.contains(name).then(|| value.to_owned());
    DocumentationPartLocation {
        kind,
        path: member("path", "/pets"),
        method: member("method", "GET"),
        status_code: member("status", "200"),
        name: member("name", "limit"),
    }
}

#[test]
fn a_location_has_the_members_of_its_type_and_no_other() {
    use DocumentationPartType as Type;
    let cases = [
        (Type::Api, "", "path method status name", ""),
        (Type::Authorizer, "name", "path method status", "name"),
        (Type::Model, "name", "path method status", "name"),
        (Type::Resource, "path", "method status name", ""),
        (Type::Method, "path method", "status name", ""),
        (Type::PathParameter, "path method name", "status", "name"),
        (Type::QueryParameter, "path method name", "status", "name"),
        (Type::RequestHeader, "path method name", "status", "name"),
        (Type::RequestBody, "path method name", "status", ""),
        (Type::Response, "path method status", "name", ""),
        (Type::ResponseHeader, "path method status name", "", "name"),
        (Type::ResponseBody, "path method status", "name", ""),
    ];
    assert_eq!(cases.len(), DocumentationPartType::ALL.len());
    for (kind, allowed, foreign, needed) in cases {
        assert_eq!(location(kind, allowed).check(), Ok(()), "{kind}");
        for member in foreign.split_whitespace() {
            assert!(location(kind, &format!("{allowed} {member}")).check().is_err(), "{kind} {member}");
        }
        assert_eq!(location(kind, "").check().is_err(), !needed.is_empty(), "{kind}");
    }
}

#[test]
fn values_are_checked() {
    let sound = location(DocumentationPartType::Response, "path method status");
    let text = |text: &str| Some(text.to_owned());
    let cases = [
        (DocumentationPartLocation { path: text("pets"), ..sound.clone() }, false),
        (DocumentationPartLocation { method: text("FETCH"), ..sound.clone() }, false),
        (DocumentationPartLocation { status_code: text("600"), ..sound.clone() }, false),
        (DocumentationPartLocation { method: text("*"), status_code: text("*"), ..sound.clone() }, true),
        (DocumentationPartLocation { method: text("ANY"), ..sound }, true),
    ];
    for (location, is_sound) in cases {
        assert_eq!(location.check().is_ok(), is_sound, "{location:?}");
    }
}

#[test]
fn what_is_left_out_gets_its_default() {
    use DocumentationPartType as Type;
    let cases = [
        (Type::Api, [None, None, None]),
        (Type::Model, [None, None, None]),
        (Type::Resource, [Some("/"), None, None]),
        (Type::QueryParameter, [Some("/"), Some("*"), None]),
        (Type::Response, [Some("/"), Some("*"), Some("*")]),
    ];
    for (kind, expected) in cases {
        let bare = DocumentationPartLocation::of(kind);
        let empty = DocumentationPartLocation { path: Some(" ".to_owned()), name: Some(String::new()), ..bare.clone() };
        let whole = empty.completed();
        let found = [whole.path.as_deref(), whole.method.as_deref(), whole.status_code.as_deref()];
        assert_eq!((found, &whole.name), (expected, &None), "{kind}");
        assert_eq!(whole.target(), bare.target(), "{kind}");
    }
}

proptest! {
    #[test]
    fn a_status_is_a_code_a_star_or_blank(text in r"[0-9*\s]{0,3}") {
        let is_code = text.len() == 3 && text.parse::<u16>().is_ok_and(|code| (100..600).contains(&code));
        prop_assert_eq!(is_status_pattern(&text), is_code || text == "*" || text.trim().is_empty());
    }
}
