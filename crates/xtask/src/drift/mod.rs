//! `xtask drift`: our operation table and nouns against AWS's service model.

mod forms;
mod locations;
mod nouns;
mod operations;
mod service_model;
mod shapes;

use std::path::Path;

use stagegate_control::http_operations;

use crate::problem::Problem;
pub(crate) use nouns::{http_nouns, nouns};
use service_model::ServiceModel;

/// Checks against the service model in an installed botocore package.
pub(crate) fn check(root: &Path, botocore: &Path) -> Result<Vec<Problem>, Problem> {
    let model = ServiceModel::load(botocore, "apigateway/2015-07-09")?;
    let rows: Vec<operations::Row<'_>> = stagegate_control::operations().iter().map(operations::Row::of).collect();
    let mut problems = operations::check(&rows, &model);
    problems.extend(locations::check(root, &model, locations::Calls::ApiGateway)?);
    problems.extend(lambda(root, botocore)?);
    problems.extend(http(root, botocore)?);
    problems.extend(query(botocore, "iam/2010-05-08", stagegate_control::iam::operations())?);
    problems.extend(query(botocore, "sts/2011-06-15", stagegate_control::sts::operations())?);
    let nouns = nouns();
    problems.extend(nouns.iter().flat_map(|noun| shapes::check(noun, &model)));
    problems.extend(nouns::unlisted(root, &nouns)?);
    Ok(problems)
}

/// The operations of a Query API that are served, with what their forms may hold.
fn query(
    botocore: &Path,
    service: &str,
    operations: &'static [stagegate_control::Operation],
) -> Result<Vec<Problem>, Problem> {
    let rows: Vec<operations::Row<'_>> = operations.iter().map(operations::Row::of).collect();
    let mut model = ServiceModel::load(botocore, service)?;
    model.operations.retain(|name, _| rows.iter().any(|row| row.name == name));
    let mut problems = operations::check(&rows, &model);
    problems.extend(operations.iter().flat_map(|operation| forms::check(operation.name, operation.members(), &model)));
    Ok(problems)
}

/// The operations of version 2, and the nouns of HTTP APIs.
fn http(root: &Path, botocore: &Path) -> Result<Vec<Problem>, Problem> {
    let rows: Vec<operations::Row<'_>> = http_operations().iter().map(operations::Row::of).collect();
    let mut model = ServiceModel::load(botocore, "apigatewayv2/2018-11-29")?;
    let nouns = http_nouns();
    let mut problems: Vec<Problem> = nouns.iter().flat_map(|noun| shapes::check(noun, &model)).collect();
    problems.extend(operations::check(&rows, &model));
    // What is not served reads nothing of its calls.
    model.operations.retain(|name, _| http_operations().iter().any(|row| row.name == name && row.served()));
    problems.extend(locations::check(root, &model, locations::Calls::Http)?);
    Ok(problems)
}

/// The operations of Lambda that are served: the others have no row.
fn lambda(root: &Path, botocore: &Path) -> Result<Vec<Problem>, Problem> {
    let operations = stagegate_control::lambda::lambda_operations();
    let rows: Vec<operations::Row<'_>> = operations.iter().map(operations::Row::of).collect();
    let mut model = ServiceModel::load(botocore, "lambda/2015-03-31")?;
    let mut problems = Vec::new();
    if crate::parity::lambda::all(root)?.iter().ne(model.operations.keys()) {
        problems.push(Problem::in_file(crate::parity::lambda::ALL, "lists other operations than the service model"));
    }
    model.operations.retain(|name, _| rows.iter().any(|row| row.name == name));
    problems.extend(operations::check(&rows, &model));
    problems.extend(locations::check(root, &model, locations::Calls::Lambda)?);
    Ok(problems)
}
