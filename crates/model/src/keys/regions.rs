//! Which regions an account has rows in, found by jumping from the first row of one to the first row of the next.

use crate::domain::Scope;

/// The prefix of every row of an account.
pub fn account_prefix(account: &str) -> String {
    format!("{account}/")
}

/// The region of a row below [`account_prefix`], and a key behind every row of that region.
pub fn region_after(key: &str) -> Option<(Scope, String)> {
    let mut segments = key.split('/');
    let scope = Scope::new(segments.next()?, segments.next()?)?;
    // No character of a key is greater.
    let behind = format!("{}~", scope.prefix());
    Some((scope, behind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::AccountNoun;

    #[test]
    fn the_next_region_is_behind_every_row_of_one() {
        let scope = Scope::new("000000000000", "us-east-1").expect("a scope");
        let key = scope.noun(AccountNoun::UsagePlan, "zz").to_string();
        assert!(key.starts_with(&account_prefix("000000000000")));
        let (found, behind) = region_after(&key).expect("a region");
        assert_eq!(found, scope);
        assert!(behind > key && *behind < *"000000000000/us-east-2/a");
        assert!(region_after("ids/abc").is_none());
    }
}
