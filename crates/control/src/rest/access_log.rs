//! Access log settings of a stage: where the lines go and what they must say.

use stagegate_model::rest::AccessLogSettings;

use crate::fault::Fault;
use crate::quotas::Quotas;

/// The most characters of a log group's name (`CreateLogGroup`), a delivery stream's (`CreateDeliveryStream`) and a region's.
const GROUP_CHARS: usize = 512;
const STREAM_CHARS: usize = 64;
const REGION_CHARS: usize = 64;

/// Checks the settings of a stage of an account's API, and writes the destination as AWS keeps it: without a trailing `:*`.
pub(crate) fn settle(settings: &mut AccessLogSettings, account: &str, quotas: &Quotas) -> Result<(), Fault> {
    settle_within(settings, account, "rest_access_log_template_bytes", quotas)
}

/// The same of any API; `longest` names the limit of its formats.
pub(crate) fn settle_within(
    settings: &mut AccessLogSettings,
    account: &str,
    longest: &str,
    quotas: &Quotas,
) -> Result<(), Fault> {
    if let Some(destination) = &mut settings.destination_arn {
        if let Some(group) = destination.strip_suffix(":*") {
            *destination = group.to_owned();
        }
        check_destination(destination, account)?;
    }
    settings.format.as_deref().map_or(Ok(()), |format| check_format(format, longest, quotas))
}

/// A log group, or a delivery stream whose name starts with `amazon-apigateway-`, of the API's account: AWS writes access logs as
/// a role of that account, and what writes to a group by its name writes to a group of the writer's account.
pub(crate) fn check_destination(arn: &str, account: &str) -> Result<(), Fault> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", _, service, region, owner, target] = parts[..] else {
        return Err(Fault::bad_request("Invalid ARN specified in the request. ARN must start with 'arn:'"));
    };
    let is_name = |name: &str, most: usize, symbols: &[u8]| {
        (1..=most).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || symbols.contains(&byte))
    };
    let name = |prefix| target.strip_prefix(prefix).unwrap_or_default();
    let is_good = match service {
        "logs" => {
            let group = name("log-group:");
            is_name(group.strip_suffix(":*").unwrap_or(group), GROUP_CHARS, b".-_/#")
        }
        "firehose" => {
            let stream = name("deliverystream/");
            stream.starts_with("amazon-apigateway-") && is_name(stream, STREAM_CHARS, b"_.-")
        }
        _ => false,
    };
    let is_good = is_good && is_name(region, REGION_CHARS, b"-");
    if is_good && owner == account {
        return Ok(());
    }
    if is_good {
        return Err(Fault::bad_request(format!(
            "Invalid ARN specified in the request. Access log destination must be in the account of the API, {account}"
        )));
    }
    Err(Fault::bad_request(
        "Invalid ARN specified in the request. Access log destination must be a CloudWatch Logs log group or a Kinesis \
         Data Firehose delivery stream whose name starts with 'amazon-apigateway-'",
    ))
}

/// One line that names the request.
fn check_format(format: &str, longest: &str, quotas: &Quotas) -> Result<(), Fault> {
    if format.contains(['\n', '\r']) {
        return Err(Fault::bad_request(
            "Access log format must be single line, new line character is allowed only at end",
        ));
    }
    if !["$context.requestId", "$context.extendedRequestId"].iter().any(|needed| format.contains(needed)) {
        return Err(Fault::bad_request(
            "Access log format must contain at least $context.requestId or $context.extendedRequestId",
        ));
    }
    let most = quotas.enforced(longest).unwrap_or(u64::MAX);
    if u64::try_from(format.len()).unwrap_or(u64::MAX) > most {
        return Err(Fault::bad_request(format!("Access log format must not exceed {most} bytes")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(arn: Option<&str>, format: Option<&str>) -> Result<AccessLogSettings, Fault> {
        let mut settings =
            AccessLogSettings { destination_arn: arn.map(str::to_owned), format: format.map(str::to_owned) };
        settle(&mut settings, "000000000000", &Quotas::default()).map(|()| settings)
    }

    #[test]
    fn destinations_are_of_the_api_s_account() {
        for owner in ["111111111111", "", "*", "00000000000", "0000000000000"] {
            for target in
                ["logs:us-east-1:OWNER:log-group:x", "firehose:us-east-1:OWNER:deliverystream/amazon-apigateway-x"]
            {
                let arn = format!("arn:aws:{}", target.replace("OWNER", owner));
                let refused = settled(Some(&arn), None).map(drop).map_err(|fault| fault.message);
                let expected = "Invalid ARN specified in the request. Access log destination must be in the account of the API, \
                                000000000000";
                assert_eq!(refused, Err(expected.to_owned()), "{arn}");
            }
        }
    }

    #[test]
    fn destinations_are_log_groups_and_delivery_streams() {
        let group = "arn:aws:logs:us-east-1:000000000000:log-group:/api/gateway";
        let kept = settled(Some(&format!("{group}:*")), None).expect("a log group");
        assert_eq!(kept.destination_arn.as_deref(), Some(group));
        assert!(
            settled(Some("arn:aws:firehose:us-east-1:000000000000:deliverystream/amazon-apigateway-x"), None).is_ok()
        );
        for bad in [
            "",
            "x",
            "arn:aws:logs:us-east-1:000000000000:log-group:",
            "arn:aws:logs:us-east-1:000000000000:log-group::*",
            "arn:aws:logs:us-east-1:000000000000:log-group:a b",
            "arn:aws:logs:us-east-1:000000000000:log-group:a:log-stream:b",
            &format!("arn:aws:logs:us-east-1:000000000000:log-group:{}", "x".repeat(513)),
            "arn:aws:logs::000000000000:log-group:x",
            "arn:aws:logs:../:000000000000:log-group:x",
            "arn:aws:firehose:us-east-1:000000000000:deliverystream/amazon-apigateway-/",
            "arn:aws:s3:::bucket",
            "arn:aws:firehose:us-east-1:000000000000:deliverystream/x",
        ] {
            assert!(settled(Some(bad), None).is_err(), "{bad}");
        }
    }

    #[test]
    fn formats_are_one_line_that_names_the_request() {
        for good in ["$context.requestId", "{\"id\":\"$context.extendedRequestId\"}"] {
            assert!(settled(None, Some(good)).is_ok(), "{good}");
        }
        let long = format!("$context.requestId{}", "x".repeat(3072));
        for bad in ["", "$context.status", "$context.requestId\n$context.status", &long] {
            assert!(settled(None, Some(bad)).is_err(), "{bad}");
        }
    }
}
