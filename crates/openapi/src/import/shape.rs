//! What stands where in a document: members of a type that nobody can read are remarked upon instead of overlooked.

use super::scope::{Dialect, Scope};
use crate::document::{Cursor, Value};

/// The type that a member has to have, and what is below it. An absent member is of every type, and so is null.
enum Shape {
    /// An object with these members; others are anything.
    Object(&'static [(&'static str, Shape)]),
    /// An object whose members are all of one shape.
    Map(&'static Shape),
    /// The same, but its own extensions are anything.
    Extensible(&'static Shape),
    List(&'static Shape),
    /// A text, a number or a flag: all are read as texts.
    Scalar,
}

const TEXTS: Shape = Shape::List(&Shape::Scalar);
/// Schemas are checked where models are made of them.
const OBJECT: Shape = Shape::Object(&[]);

const PARAMETER: Shape = Shape::Object(&[
    ("name", Shape::Scalar),
    ("in", Shape::Scalar),
    ("description", Shape::Scalar),
    ("required", Shape::Scalar),
    ("type", Shape::Scalar),
    ("schema", OBJECT),
]);
const CONTENT: Shape = Shape::Map(&Shape::Object(&[("schema", OBJECT)]));
const HEADER: Shape = Shape::Object(&[("description", Shape::Scalar), ("schema", OBJECT)]);
const RESPONSE: Shape = Shape::Object(&[
    ("description", Shape::Scalar),
    ("headers", Shape::Map(&HEADER)),
    ("content", CONTENT),
    ("schema", OBJECT),
]);
const REQUEST_BODY: Shape =
    Shape::Object(&[("description", Shape::Scalar), ("content", CONTENT), ("required", Shape::Scalar)]);
const OPERATION: Shape = Shape::Object(&[
    ("operationId", Shape::Scalar),
    ("summary", Shape::Scalar),
    ("description", Shape::Scalar),
    ("tags", TEXTS),
    ("consumes", TEXTS),
    ("produces", TEXTS),
    ("parameters", Shape::List(&PARAMETER)),
    ("requestBody", REQUEST_BODY),
    ("responses", Shape::Extensible(&RESPONSE)),
    ("security", Shape::List(&Shape::Map(&TEXTS))),
    ("x-amazon-apigateway-auth", Shape::Object(&[("type", Shape::Scalar)])),
    ("x-amazon-apigateway-request-validator", Shape::Scalar),
    ("x-amazon-apigateway-integration", OBJECT),
]);
const PATH: Shape = Shape::Object(&[
    ("summary", Shape::Scalar),
    ("description", Shape::Scalar),
    ("parameters", Shape::List(&PARAMETER)),
    ("get", OPERATION),
    ("put", OPERATION),
    ("post", OPERATION),
    ("delete", OPERATION),
    ("options", OPERATION),
    ("head", OPERATION),
    ("patch", OPERATION),
    ("x-amazon-apigateway-any-method", OPERATION),
]);
const SCHEME: Shape = Shape::Object(&[
    ("type", Shape::Scalar),
    ("name", Shape::Scalar),
    ("in", Shape::Scalar),
    ("description", Shape::Scalar),
    ("x-amazon-apigateway-authtype", Shape::Scalar),
    ("x-amazon-apigateway-authorizer", OBJECT),
]);
const VARIABLE: Shape = Shape::Object(&[("default", Shape::Scalar)]);
const SERVER: Shape = Shape::Object(&[("url", Shape::Scalar), ("variables", Shape::Map(&VARIABLE))]);
const TAG: Shape = Shape::Object(&[("name", Shape::Scalar), ("description", Shape::Scalar)]);

/// What both dialects have.
const COMMON: &[(&str, Shape)] = &[
    ("info", OBJECT),
    ("tags", Shape::List(&TAG)),
    ("paths", Shape::Extensible(&PATH)),
    ("x-amazon-apigateway-request-validators", Shape::Map(&OBJECT)),
    ("x-amazon-apigateway-gateway-responses", Shape::Map(&OBJECT)),
    ("x-amazon-apigateway-documentation", Shape::Object(&[("version", Shape::Scalar)])),
];
const OPENAPI_3: &[(&str, Shape)] = &[
    ("servers", Shape::List(&SERVER)),
    (
        "components",
        Shape::Object(&[
            ("schemas", Shape::Map(&OBJECT)),
            ("parameters", Shape::Map(&PARAMETER)),
            ("requestBodies", Shape::Map(&REQUEST_BODY)),
            ("responses", Shape::Map(&RESPONSE)),
            ("headers", Shape::Map(&HEADER)),
            ("securitySchemes", Shape::Map(&SCHEME)),
        ]),
    ),
];
const SWAGGER_2: &[(&str, Shape)] = &[
    ("host", Shape::Scalar),
    ("basePath", Shape::Scalar),
    ("schemes", TEXTS),
    ("consumes", TEXTS),
    ("produces", TEXTS),
    ("definitions", Shape::Map(&OBJECT)),
    ("parameters", Shape::Map(&PARAMETER)),
    ("responses", Shape::Map(&RESPONSE)),
    ("securityDefinitions", Shape::Map(&SCHEME)),
];

/// Remarks on what is of another type than it has to be. Whoever reads it may refuse it nevertheless.
pub(super) fn check(scope: &mut Scope<'_>) {
    let own = if scope.dialect == Dialect::Swagger2 { SWAGGER_2 } else { OPENAPI_3 };
    members(scope, scope.root, COMMON);
    members(scope, scope.root, own);
}

fn members(scope: &mut Scope<'_>, place: Cursor<'_>, shapes: &[(&str, Shape)]) {
    for (key, shape) in shapes {
        if let Some(member) = place.get(key) {
            fits(scope, member, shape);
        }
    }
}

fn fits(scope: &mut Scope<'_>, place: Cursor<'_>, shape: &Shape) {
    let wanted = match (shape, place.value()) {
        (Shape::Scalar, Value::Sequence(_) | Value::Mapping(_)) => "string",
        (Shape::Scalar, _) | (_, Value::Null) => return,
        (Shape::List(item), Value::Sequence(_)) => {
            place.items().into_iter().flatten().for_each(|place| fits(scope, place, item));
            return;
        }
        (Shape::List(_), _) => "array",
        (Shape::Object(shapes), Value::Mapping(_)) => return members(scope, place, shapes),
        (Shape::Map(member) | Shape::Extensible(member), Value::Mapping(_)) => {
            let anything = |key: &str| matches!(shape, Shape::Extensible(_)) && key.starts_with("x-");
            let members = place.members().into_iter().flatten();
            members.filter(|(key, _)| !anything(key)).for_each(|(_, place)| fits(scope, place, member));
            return;
        }
        (Shape::Object(_) | Shape::Map(_) | Shape::Extensible(_), _) => "object",
    };
    scope.warn(place, format!("attribute is not of type `{wanted}`; it is ignored"));
}
