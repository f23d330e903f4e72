//! Stage variables: their names, their values, how many there may be.

use stagegate_model::rest::StringMap;

use crate::fault::Fault;
use crate::quotas::Quotas;

/// Checks the variables of a stage or the overrides of its canary (service model, `CreateStageRequest`).
pub(crate) fn check(variables: Option<&StringMap>, quotas: &Quotas) -> Result<(), Fault> {
    let Some(variables) = variables else { return Ok(()) };
    let most_of = |name| usize::try_from(quotas.enforced(name).unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
    let name_chars = most_of("rest_stage_variable_key_length_chars");
    let value_chars = most_of("rest_stage_variable_value_length_chars");
    for (name, value) in variables {
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !is_name {
            return Err(Fault::bad_request(format!(
                "Invalid stage variable name: {name}. Please use only alphanumeric and underscore characters"
            )));
        }
        if !value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~:/?#&=,".contains(&byte)) {
            return Err(Fault::bad_request(format!(
                "Invalid stage variable value: {value}. Please use values with alphanumeric characters and the symbols \
                 '-', '.', '_', '~', ':', '/', '?', '#', '&', '=' and ','"
            )));
        }
        if name.len() > name_chars || value.len() > value_chars {
            return Err(Fault::bad_request(format!(
                "Invalid stage variable: {name}. Names have at most {name_chars} characters, values {value_chars}"
            )));
        }
    }
    let message = "Maximum number of stage variables for this stage has been reached.";
    quotas.admit("rest_stage_variables_per_stage_count", variables.len().saturating_sub(1), message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(name: &str, value: &str) -> Result<(), Fault> {
        check(Some(&[(name.to_owned(), value.to_owned())].into()), &Quotas::default())
    }

    #[test]
    fn names_and_values_have_aws_alphabet_and_length() {
        for (name, value) in
            [("url", "http://a.example:80/x?y=z&a=b#c,~d"), ("A_1", ""), (&"n".repeat(64), &*"v".repeat(512))]
        {
            assert_eq!(checked(name, value), Ok(()), "{name}");
        }
        for (name, value) in
            [("", "x"), ("a-b", "x"), ("a", "b c"), ("a", "ü"), (&*"n".repeat(65), "x"), ("a", &*"v".repeat(513))]
        {
            assert!(checked(name, value).is_err(), "{name}={value}");
        }
    }

    #[test]
    fn their_number_is_held_to_the_quota_only_when_asked() {
        let many: StringMap = (0..101).map(|index| (format!("v{index}"), String::new())).collect();
        assert_eq!(check(Some(&many), &Quotas::default()), Ok(()));
        assert!(check(Some(&many), &Quotas { aws: true, ..Quotas::default() }).is_err());
    }
}
