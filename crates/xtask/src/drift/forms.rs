//! What the forms of Query APIs may hold, against the service model.

use stagegate_control::{Member, MemberKind, TextRule};

use super::service_model::{ServiceModel, Shape};
use crate::problem::Problem;

/// Every member of an operation's input must be one of ours and the other way round, required where it is, and alike.
pub(crate) fn check(operation: &str, members: &[Member], model: &ServiceModel) -> Vec<Problem> {
    let problem = |what: String| Problem::everywhere(format!("operation {operation}: {what}"));
    let input = model.operations.get(operation).and_then(|found| found.input.as_ref());
    let Some(shape) = input.and_then(|input| model.shapes.get(&input.shape)) else {
        return members.iter().map(|member| problem(format!("{} is unknown to AWS", member.name))).collect();
    };
    let mut problems = Vec::new();
    for name in shape.members.keys().filter(|name| !members.iter().any(|member| member.name == **name)) {
        problems.push(problem(format!("{name} is not read")));
    }
    for member in members {
        let Some(theirs) = shape.members.get(member.name).and_then(|found| model.shapes.get(&found.shape)) else {
            problems.push(problem(format!("{} is unknown to AWS", member.name)));
            continue;
        };
        if member.required != shape.required.iter().any(|name| name == member.name) {
            problems.push(problem(format!("{} must be there on one side only", member.name)));
        }
        problems
            .extend(difference(&member.kind, theirs, model).map(|what| problem(format!("{}: {what}", member.name))));
    }
    problems
}

/// How a member differs from AWS's shape.
fn difference(ours: &MemberKind, theirs: &Shape, model: &ServiceModel) -> Option<String> {
    let item = |shape: &Shape| shape.member.as_ref().and_then(|member| model.shapes.get(&member.shape));
    let kind = match ours {
        MemberKind::Unserved => return None,
        MemberKind::Text(_) | MemberKind::Closed(_) => "string",
        MemberKind::Integer(..) => "integer",
        MemberKind::Boolean => "boolean",
        MemberKind::Tags | MemberKind::Texts(..) | MemberKind::PolicyArns(_) => "list",
    };
    if theirs.kind != kind {
        return Some(format!("is a {kind} here, a {} on AWS", theirs.kind));
    }
    match ours {
        MemberKind::Text(rule) => text(rule, theirs),
        MemberKind::Integer(min, max) if (Some(*min), Some(*max)) != theirs.bounds() => {
            Some(format!("is from {min} to {max} here, from {:?} to {:?} on AWS", theirs.bounds().0, theirs.bounds().1))
        }
        MemberKind::Closed(values) if theirs.allowed.as_deref().is_none_or(|allowed| allowed != *values) => {
            Some(format!("is one of {values:?} here, of {:?} on AWS", theirs.allowed))
        }
        MemberKind::Texts(rule, most) => {
            item(theirs).map_or_else(|| Some("has no items".to_owned()), |item| text(rule, item)).or_else(|| {
                (i64::try_from(*most).ok() != theirs.bounds().1)
                    .then(|| format!("has {:?} items on AWS", theirs.bounds().1))
            })
        }
        _ => None,
    }
}

fn text(ours: &TextRule, theirs: &Shape) -> Option<String> {
    let length = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let bounds = (length(ours.min_length), length(ours.max_length));
    let (least, most) = theirs.bounds();
    let on_aws = (least.unwrap_or_default(), most.unwrap_or(i64::MAX));
    if bounds != on_aws {
        return Some(format!("has {bounds:?} characters here, {on_aws:?} on AWS"));
    }
    let pattern = theirs.pattern.as_deref().unwrap_or_default();
    (ours.pattern != pattern).then(|| format!("has the pattern {} here, {pattern} on AWS", ours.pattern))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL: &str = r#"{"operations": {"FeedPet": {"http": {"method": "POST", "requestUri": "/"},
            "input": {"shape": "FeedPetRequest"}}},
        "shapes": {"FeedPetRequest": {"type": "structure", "required": ["Food"],
                "members": {"Food": {"shape": "food"}, "Grams": {"shape": "grams"}}},
            "food": {"type": "string", "enum": ["hay", "fish"]}, "grams": {"type": "integer", "min": 1, "max": 9}}}"#;
    const FOOD: Member = Member { name: "Food", required: true, kind: MemberKind::Closed(&["hay", "fish"]) };
    const GRAMS: Member = Member { name: "Grams", required: false, kind: MemberKind::Integer(1, 9) };

    #[test]
    fn every_difference_is_found() {
        let model = ServiceModel::parse(MODEL.as_bytes()).unwrap();
        let cases: &[(&[Member], &[&str])] = &[
            (&[FOOD, GRAMS], &[]),
            (&[FOOD], &["operation FeedPet: Grams is not read"]),
            (&[FOOD, GRAMS, Member { name: "Bowl", ..FOOD }], &["operation FeedPet: Bowl is unknown to AWS"]),
            (&[Member { required: false, ..FOOD }, GRAMS], &["operation FeedPet: Food must be there on one side only"]),
            (
                &[FOOD, Member { kind: MemberKind::Integer(0, 9), ..GRAMS }],
                &["operation FeedPet: Grams: is from 0 to 9 here, from Some(1) to Some(9) on AWS"],
            ),
            (
                &[Member { kind: MemberKind::Boolean, ..FOOD }, GRAMS],
                &["operation FeedPet: Food: is a boolean here, a string on AWS"],
            ),
        ];
        for (members, expected) in cases {
            let found: Vec<String> = check("FeedPet", members, &model).iter().map(ToString::to_string).collect();
            assert_eq!(found, *expected);
        }
    }
}
