//! The operations of Lambda's own API: those that are served, and those of the service model that are not.

use std::path::Path;

use crate::problem::Problem;
use crate::repository::read;

/// Every operation of `lambda` 2015-03-31, one a line; `xtask drift` compares it with the service model.
pub(crate) const ALL: &str = "docs/facts/lambda-operations.txt";

/// Every operation of the service model.
pub(crate) fn all(root: &Path) -> Result<Vec<String>, Problem> {
    Ok(read(root, ALL)?.lines().map(str::to_owned).collect())
}

fn served() -> Vec<&'static str> {
    let mut names: Vec<_> = stagegate_control::lambda::lambda_operations().iter().map(|row| row.name).collect();
    names.sort_unstable();
    names
}

/// Operations that are served and that Lambda does not have.
pub(super) fn check(all: &[String]) -> Vec<Problem> {
    let unknown = served().into_iter().filter(|name| !all.iter().any(|known| known == name));
    unknown.map(|name| Problem::in_file(ALL, format!("has no {name}, which is served"))).collect()
}

/// The page's part about them.
pub(super) fn section(all: &[String]) -> String {
    let served = served();
    let missing: Vec<&str> = all.iter().map(String::as_str).filter(|name| !served.contains(name)).collect();
    let list = |names: &[&str]| names.join(", ");
    format!(
        "\n## Lambda\n\n`lambda` 2015-03-31, for the functions of the process: {} of {} operations served.\n\n\
         Served: {}.\n\nNot served, and answered as unknown: {}.\n",
        served.len(),
        all.len(),
        list(&served),
        list(&missing)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_served_is_told_from_what_is_not() {
        let mut all: Vec<String> = served().into_iter().map(str::to_owned).collect();
        all.push("CreateCapacityProvider".to_owned());
        assert_eq!(check(&all), []);
        assert!(section(&all).contains("as unknown: CreateCapacityProvider."));
        assert_eq!(check(&all[1..]).len(), 1);
    }
}
