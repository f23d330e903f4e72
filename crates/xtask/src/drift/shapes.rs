//! One noun of ours against the shape of the same name, member by member and type by type.

use std::collections::BTreeMap;

use stagegate_model::shape::Shape as Ours;

use super::service_model::{ServiceModel, Shape as Theirs};
use crate::problem::Problem;

/// Compares a structure of ours, and everything below it, with the shape that has its name.
pub(crate) fn check(noun: &Ours, model: &ServiceModel) -> Vec<Problem> {
    let Ours::Structure { name, .. } = noun else {
        return vec![Problem::everywhere("a noun is not a structure")];
    };
    let mut comparison = Comparison { model, problems: Vec::new() };
    comparison.shape(name, noun, name);
    comparison.problems
}

struct Comparison<'m> {
    model: &'m ServiceModel,
    problems: Vec<Problem>,
}

impl Comparison<'_> {
    fn problem(&mut self, at: &str, what: &str) {
        self.problems.push(Problem::everywhere(format!("{at}: {what}")));
    }

    /// `at` is the way from the noun to here, for people.
    fn shape(&mut self, at: &str, ours: &Ours, theirs: &str) {
        let Some(shape) = self.model.shapes.get(theirs) else {
            return self.problem(at, &format!("AWS has no shape `{theirs}`"));
        };
        match (ours, shape.kind.as_str()) {
            (Ours::Structure { members, .. }, "structure") => self.members(at, members, shape),
            (Ours::List(item), "list") => self.element(&format!("{at}[]"), item, shape.member.as_ref()),
            (Ours::Map(_, item), "map") => self.element(&format!("{at}{{}}"), item, shape.value.as_ref()),
            (Ours::Closed { values, .. }, "string") => self.values(at, values, shape),
            (Ours::Text, "string") if shape.allowed.is_some() => self.problem(at, "is open here, closed on AWS"),
            // Version 2 writes moments as text.
            (Ours::Text, "timestamp") if shape.timestamp_format.as_deref() == Some("iso8601") => {}
            (Ours::Text, "string")
            | (Ours::Boolean, "boolean")
            | (Ours::Integer, "integer" | "long")
            | (Ours::Double, "double" | "float")
            | (Ours::Timestamp, "timestamp") => {}
            (_, kind) => self.problem(at, &format!("is {} here, {kind} on AWS", kind_of(ours))),
        }
    }

    fn element(&mut self, at: &str, ours: &Ours, theirs: Option<&super::service_model::Reference>) {
        match theirs {
            Some(reference) => self.shape(at, ours, &reference.shape),
            None => self.problem(at, "AWS's shape has no element"),
        }
    }

    fn members(&mut self, at: &str, ours: &[(&'static str, Ours)], shape: &Theirs) {
        let on_the_wire = |(name, reference): (&String, &super::service_model::Reference)| {
            (reference.location_name.clone().unwrap_or_else(|| name.clone()), reference.shape.clone())
        };
        let theirs: BTreeMap<String, String> = shape.members.iter().map(on_the_wire).collect();
        for missing in theirs.keys().filter(|name| !ours.iter().any(|(known, _)| known == name)) {
            self.problem(at, &format!("lacks the member `{missing}`"));
        }
        for (name, member) in ours {
            match theirs.get(*name) {
                Some(shape) => self.shape(&format!("{at}.{name}"), member, shape),
                None => self.problem(at, &format!("has the member `{name}`, which AWS does not know")),
            }
        }
    }

    fn values(&mut self, at: &str, ours: &[&str], shape: &Theirs) {
        let Some(theirs) = &shape.allowed else { return };
        for missing in theirs.iter().filter(|value| !ours.contains(&value.as_str())) {
            self.problem(at, &format!("lacks the value `{missing}`"));
        }
        for unknown in ours.iter().filter(|value| !theirs.iter().any(|known| known == *value)) {
            self.problem(at, &format!("has the value `{unknown}`, which AWS does not know"));
        }
    }
}

fn kind_of(shape: &Ours) -> &'static str {
    match shape {
        Ours::Structure { .. } => "a structure",
        Ours::Closed { .. } => "a closed string",
        Ours::List(_) => "a list",
        Ours::Map(..) => "a map",
        Ours::Text => "a string",
        Ours::Boolean => "a boolean",
        Ours::Integer => "an integer",
        Ours::Double => "a double",
        Ours::Timestamp => "a timestamp",
        Ours::Any => "untyped",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL: &str = r#"{"operations": {}, "shapes": {
        "Pet": {"type": "structure", "members": {
            "name": {"shape": "Text"}, "kindOfPet": {"shape": "Kind", "locationName": "kind"},
            "toys": {"shape": "Toys"}, "born": {"shape": "When"}, "weights": {"shape": "Weights"}}},
        "Text": {"type": "string"}, "Kind": {"type": "string", "enum": ["cat", "dog"]}, "When": {"type": "timestamp"},
        "Toys": {"type": "list", "member": {"shape": "Text"}},
        "Weights": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Weight"}},
        "Weight": {"type": "double"}}}"#;

    fn pet() -> Vec<(&'static str, Ours)> {
        vec![
            ("name", Ours::Text),
            ("kind", Ours::Closed { name: "Kind", values: &["dog", "cat"] }),
            ("toys", Ours::List(Box::new(Ours::Text))),
            ("born", Ours::Timestamp),
            ("weights", Ours::Map(Box::new(Ours::Text), Box::new(Ours::Double))),
        ]
    }

    fn found(members: Vec<(&'static str, Ours)>) -> Vec<String> {
        let model = ServiceModel::parse(MODEL.as_bytes()).unwrap();
        check(&Ours::Structure { name: "Pet", members }, &model).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_equal_noun_has_no_problem() {
        assert_eq!(found(pet()), [""; 0]);
    }

    #[test]
    fn every_difference_of_a_member_is_found() {
        let cases: Vec<(usize, (&'static str, Ours), &str)> = vec![
            (0, ("name", Ours::Integer), "Pet.name: is an integer here, string on AWS"),
            (0, ("name", Ours::Any), "Pet.name: is untyped here, string on AWS"),
            (1, ("kind", Ours::Text), "Pet.kind: is open here, closed on AWS"),
            (1, ("kind", Ours::Closed { name: "Kind", values: &["cat"] }), "Pet.kind: lacks the value `dog`"),
            (
                1,
                ("kind", Ours::Closed { name: "Kind", values: &["cat", "dog", "cow"] }),
                "Pet.kind: has the value `cow`, which AWS does not know",
            ),
            (2, ("toys", Ours::List(Box::new(Ours::Boolean))), "Pet.toys[]: is a boolean here, string on AWS"),
            (3, ("born", Ours::Double), "Pet.born: is a double here, timestamp on AWS"),
            (
                4,
                ("weights", Ours::Map(Box::new(Ours::Text), Box::new(Ours::Integer))),
                "Pet.weights{}: is an integer here, double on AWS",
            ),
        ];
        for (index, member, expected) in cases {
            let mut members = pet();
            members[index] = member;
            assert_eq!(found(members), [expected]);
        }
    }

    #[test]
    fn missing_and_unknown_members_are_found() {
        let mut without = pet();
        without.remove(1);
        assert_eq!(found(without), ["Pet: lacks the member `kind`"]);
        let mut with = pet();
        with.push(("kindOfPet", Ours::Text));
        assert_eq!(found(with), ["Pet: has the member `kindOfPet`, which AWS does not know"]);
        let model = ServiceModel::parse(MODEL.as_bytes()).unwrap();
        assert_eq!(check(&Ours::Structure { name: "Ghost", members: vec![] }, &model).len(), 1);
    }
}
