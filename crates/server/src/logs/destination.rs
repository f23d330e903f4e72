//! Which destination the lines of an ARN have.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

use aws_lc_rs::digest::{SHA256, digest};

use crate::config::Settings;
use crate::functions::matches;

/// What the names of the groups of execution logs begin with (fact L1); without the last character, all of them.
const EXECUTION_LOGS: &str = "API-Gateway-Execution-Logs_";
/// What the names of the groups of functions begin with, in the same way.
const FUNCTION_LOGS: &str = "/aws/lambda/";
/// The most bytes of the name of a group's file; its ending and the number of one that was put aside come behind them.
const FILE_BYTES: usize = 200;
/// The path that stands for standard output in the table of log groups.
const STANDARD_OUTPUT: &str = "-";

/// A destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// This file, or one that is named after the group.
    File(Option<PathBuf>),
    /// Printed.
    StandardOutput,
    /// The log store of this process.
    Store,
    /// CloudWatch Logs elsewhere: the ARN's group.
    CloudWatchLogs(RemotePlace),
    /// Data Firehose elsewhere: the ARN's stream.
    Firehose(RemotePlace),
    /// The OpenTelemetry receiver.
    Otlp,
}

/// Where a service of AWS is, and who calls it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RemotePlace {
    /// Its URL, `{region}` standing for the ARN's region; unset means where the settings of AWS have it.
    pub(crate) url: Option<String>,
    /// The role whose credentials sign.
    pub(crate) role: Option<String>,
}

/// Where groups go that nothing maps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Unmapped {
    /// Into the log store.
    #[default]
    Store,
    /// Into a file of their own.
    File,
    /// To standard output.
    StandardOutput,
}

impl FromStr for Unmapped {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "store" => Ok(Self::Store),
            "file" => Ok(Self::File),
            "stdout" => Ok(Self::StandardOutput),
            _ => Err(()),
        }
    }
}

/// One row of `[[log_destinations]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogRule {
    /// Which logs: ARNs, or the names of log groups.
    logs: String,
    place: Place,
}

impl LogRule {
    /// A rule; the error says what is allowed.
    pub(crate) fn new(logs: &str, place: Place) -> Result<Self, &'static str> {
        if logs.is_empty() || logs.contains(char::is_whitespace) {
            return Err(
                "`logs` is an ARN such as arn:aws:logs:*:*:log-group:api-* or the name of a log group, with `*` and `?` \
                 as wildcards",
            );
        }
        Ok(Self { logs: logs.to_owned(), place })
    }

    fn has(&self, arn: &str) -> bool {
        let text = if self.logs.starts_with("arn:") { whole_arn(arn) } else { group_name(arn) };
        matches(self.logs.as_bytes(), text.as_bytes())
    }
}

/// The mapping of ARNs.
#[derive(Debug, Clone)]
pub(crate) struct Destinations {
    /// The folder of files that are named after their group.
    directory: PathBuf,
    /// Destinations of a group's name or a whole ARN, of `API-Gateway-Execution-Logs`, every execution log, or of
    /// `/aws/lambda`, every function's log.
    groups: BTreeMap<String, PathBuf>,
    rules: Vec<LogRule>,
    unmapped: Unmapped,
}

impl Destinations {
    /// The mapping of the settings.
    pub(crate) fn of(settings: &Settings) -> Self {
        Self {
            directory: settings.logs_dir(),
            groups: settings.log_groups.clone(),
            rules: settings.logs.rules.clone(),
            unmapped: settings.logs.unmapped,
        }
    }

    /// What the settings say of an ARN, if they do.
    pub(super) fn find(&self, arn: &str) -> Option<Place> {
        let name = group_name(arn);
        let family = [EXECUTION_LOGS, FUNCTION_LOGS].into_iter().find(|family| name.starts_with(family));
        let family = family.map_or("", |family| &family[..family.len() - 1]);
        if let Some(path) = [arn, name, family].into_iter().find_map(|key| self.groups.get(key)) {
            let is_output = path.as_os_str() == STANDARD_OUTPUT;
            return Some(if is_output { Place::StandardOutput } else { Place::File(Some(path.clone())) });
        }
        self.rules.iter().find(|rule| rule.has(arn)).map(|rule| rule.place.clone())
    }

    /// The destination of an ARN. A delivery stream that nothing maps is a file: the log store has groups only.
    pub(super) fn of_arn(&self, arn: &str) -> Place {
        self.find(arn).unwrap_or_else(|| match self.unmapped {
            Unmapped::Store if is_group(arn) => Place::Store,
            Unmapped::Store | Unmapped::File => Place::File(None),
            Unmapped::StandardOutput => Place::StandardOutput,
        })
    }

    /// The file of a group: one flat folder, whatever slashes the name has, so that no name can lead out of it.
    pub(super) fn file(&self, arn: &str) -> PathBuf {
        let is_plain =
            |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.' | '#');
        let name = group_name(arn).trim_start_matches('/');
        let mut plain: String = name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
        if plain.len() > FILE_BYTES {
            // A group's name may be longer than a file's.
            let digest = hex::encode(&digest(&SHA256, name.as_bytes()).as_ref()[..8]);
            plain.truncate(FILE_BYTES - digest.len() - 1);
            plain = format!("{plain}-{digest}");
        }
        self.directory.join(format!("{plain}.log"))
    }
}

fn is_group(arn: &str) -> bool {
    arn.split(':').nth(2) == Some("logs")
}

/// An ARN without the `:*` that some have behind a log group.
fn whole_arn(arn: &str) -> &str {
    arn.strip_suffix(":*").unwrap_or(arn)
}

/// The log group of `arn:aws:logs:…:log-group:NAME[:*]`, or the stream of `arn:aws:firehose:…:deliverystream/NAME`.
pub(super) fn group_name(arn: &str) -> &str {
    let tail = arn.splitn(6, ':').nth(5).unwrap_or(arn);
    let name = tail.strip_prefix("log-group:").or_else(|| tail.strip_prefix("deliverystream/")).unwrap_or(tail);
    whole_arn(name)
}

/// The account of an ARN.
pub(super) fn account(arn: &str) -> &str {
    arn.split(':').nth(4).unwrap_or_default()
}

/// The region of an ARN.
pub(super) fn region(arn: &str) -> &str {
    arn.split(':').nth(3).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_specific_mapping_wins_and_else_lines_are_stored() {
        let file = |path: &str| Place::File(Some(path.into()));
        let groups = [
            ("mapped", "-"),
            ("API-Gateway-Execution-Logs", "-"),
            ("API-Gateway-Execution-Logs_a/one", "one.log"),
            ("/aws/lambda", "functions.log"),
        ];
        let rule = |logs: &str, place| LogRule::new(logs, place).expect("allowed");
        let destinations = Destinations {
            directory: "logs".into(),
            groups: groups.map(|(group, path)| (group.to_owned(), path.into())).into(),
            rules: vec![
                rule("arn:aws:logs:eu-*:*:log-group:api-*", Place::Otlp),
                rule("api-*", Place::CloudWatchLogs(RemotePlace::default())),
                rule("mapped", Place::Otlp),
                rule("arn:aws:firehose:*:*:deliverystream/amazon-*", Place::Firehose(RemotePlace::default())),
            ],
            unmapped: Unmapped::Store,
        };
        let group = |name: &str| format!("arn:aws:logs:us-east-1:000000000000:log-group:{name}");
        for (arn, expected) in [
            (group("access"), Place::Store),
            (group("/aws/api/x:*"), Place::Store),
            (group("mapped"), Place::StandardOutput),
            (group("mapped:*"), Place::StandardOutput),
            (group("/aws/lambda/pets"), file("functions.log")),
            (group("/aws/lambdas"), Place::Store),
            (group("API-Gateway-Execution-Logs_a/dev"), Place::StandardOutput),
            (group("API-Gateway-Execution-Logs_a/one"), file("one.log")),
            (group("api-1:*"), Place::CloudWatchLogs(RemotePlace::default())),
            (group("api-1:*").replace("us-east-1", "eu-west-1"), Place::Otlp),
            (
                "arn:aws:firehose:us-east-1:000000000000:deliverystream/amazon-a".to_owned(),
                Place::Firehose(RemotePlace::default()),
            ),
            ("arn:aws:firehose:us-east-1:000000000000:deliverystream/other".to_owned(), Place::File(None)),
        ] {
            assert_eq!(destinations.of_arn(&arn), expected, "{arn}");
        }
        let unmapped = |unmapped| Destinations { unmapped, ..destinations.clone() }.of_arn(&group("access"));
        assert_eq!(unmapped(Unmapped::File), Place::File(None));
        assert_eq!(unmapped(Unmapped::StandardOutput), Place::StandardOutput);
        assert!(LogRule::new("a b", Place::Store).is_err() && LogRule::new("", Place::Store).is_err());
    }

    #[test]
    fn no_name_of_a_group_leads_out_of_the_folder() {
        let settings = Settings { logs_dir: Some("logs".into()), ..Settings::blank() };
        let destinations = Destinations::of(&settings);
        for (name, file) in [
            ("access", "access.log"),
            ("/aws/api/x:*", "aws_api_x.log"),
            ("../../etc/passwd", ".._.._etc_passwd.log"),
            ("API-Gateway-Execution-Logs_a/dev", "API-Gateway-Execution-Logs_a_dev.log"),
        ] {
            let arn = format!("arn:aws:logs:us-east-1:000000000000:log-group:{name}");
            assert_eq!(destinations.file(&arn), PathBuf::from("logs").join(file), "{name}");
        }
        // Groups may have names that no file may have, and are not mixed up for it.
        let long =
            |end: &str| destinations.file(&format!("arn:aws:logs:us-east-1:0:log-group:{}{end}", "x".repeat(511)));
        let name = long("a").file_name().map(std::ffi::OsStr::len);
        assert!(name.is_some_and(|bytes| bytes < 240) && long("a") != long("b"), "{name:?}");
    }
}
