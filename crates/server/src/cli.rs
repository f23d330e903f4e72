//! The command line. The flags of settings derive from the rows of the configuration.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use http::{Method, Uri};

use crate::config::{Audience, Shape, Sources, all};
use crate::explain::Asked;
use crate::import::Protocol;

/// What the process was asked to do.
#[derive(Debug)]
pub(crate) enum Action {
    /// Run the server.
    Serve,
    /// Import a definition into a running server.
    Import {
        /// The OpenAPI file.
        file: PathBuf,
        /// The stage to deploy to.
        stage: String,
        /// What the definition is to become.
        protocol: Protocol,
    },
    /// List the APIs of a running server.
    Apis,
    /// Send a request and tell why the gateway answers as it does.
    Explain(Asked),
    /// Write the reference of all settings.
    Settings,
}

/// A parsed command line.
#[derive(Debug)]
pub(crate) struct Invocation {
    /// What to do.
    pub(crate) action: Action,
    /// Where settings come from.
    pub(crate) sources: Sources,
}

/// The command line's grammar.
pub(crate) fn command() -> Command {
    let file = Arg::new("file").value_name("FILE").required(true).value_parser(value_parser!(PathBuf));
    let stage = Arg::new("to_stage").long("stage").value_name("NAME").required(true);
    let protocol =
        Arg::new("protocol").long("protocol").value_parser(Protocol::NAMES).default_value(Protocol::NAMES[0]);
    Command::new("stagegate")
        .version(env!("CARGO_PKG_VERSION"))
        .about("An open, self-hosted Amazon API Gateway")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(with_settings(Command::new("serve").about("Run the gateway and its control plane"), true))
        .subcommand(with_settings(
            Command::new("import")
                .about("Import an OpenAPI file into a running Stagegate and deploy it")
                .arg(file.help("An OpenAPI 3.0 or Swagger 2.0 document, JSON or YAML"))
                .arg(stage.help("The stage to deploy to, created if it is not there"))
                .arg(protocol.help("What it becomes: a REST API or an HTTP API")),
            false,
        ))
        .subcommand(with_settings(
            Command::new("apis").about("List the APIs that a running Stagegate serves, with their findings"),
            false,
        ))
        .subcommand(with_settings(explain(), false))
        .subcommand(Command::new("settings").about("Write the reference of all settings as Markdown"))
}

/// The grammar of `explain`, whose flags are named after curl's.
fn explain() -> Command {
    let url = Arg::new("url").value_name("URL").required(true).value_parser(value_parser!(Uri));
    let request = Arg::new("request").short('X').long("request").value_name("METHOD");
    let request = request.default_value("GET").value_parser(value_parser!(Method));
    let header = Arg::new("header").short('H').long("header").value_name("NAME: VALUE").action(ArgAction::Append);
    let data = Arg::new("data").short('d').long("data").value_name("TEXT").default_value("");
    Command::new("explain")
        .about("Send a request through the gateway and tell why it answers as it does (needs the setting `explain`)")
        .arg(url.help("The URL of the request, as `stagegate apis` shows it"))
        .arg(request.help("The method"))
        .arg(header.help("A header; may come several times"))
        .arg(data.help("The content"))
}

fn asked(matches: &ArgMatches) -> Asked {
    Asked {
        method: matches.get_one::<Method>("request").expect("there is a default").clone(),
        url: matches.get_one::<Uri>("url").expect("clap requires the URL").clone(),
        headers: matches.get_many::<String>("header").into_iter().flatten().cloned().collect(),
        body: matches.get_one::<String>("data").expect("there is a default").clone(),
    }
}

/// Adds `--config` and a flag for every setting that the command needs.
fn with_settings(command: Command, is_server: bool) -> Command {
    let config = Arg::new("config")
        .long("config")
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help("A TOML file of settings [env: STAGEGATE_CONFIG]");
    let rows = all().filter(|row| is_server || row.audience == Audience::Everyone);
    rows.fold(command.arg(config), |command, row| {
        let default = if row.default.is_empty() { String::new() } else { format!(" [default: {}]", row.default) };
        let help = format!("{} [env: {}]{default}", row.help, row.variable());
        let flag = Arg::new(row.key).long(row.flag()).value_name(row.placeholder).help(help);
        let is_switch = row.shape == Shape::Boolean;
        command.arg(if is_switch { flag.num_args(0..=1).default_missing_value("true") } else { flag })
    })
}

/// Parses the command line and picks our variables from the environment.
///
/// # Errors
/// clap's, which also stand for `--help` and `--version`.
pub(crate) fn parse(
    arguments: impl IntoIterator<Item = OsString>,
    environment: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Invocation, clap::Error> {
    let matches = command().try_get_matches_from(arguments)?;
    let environment: BTreeMap<String, String> = environment
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| name.starts_with("STAGEGATE_"))
        .collect();
    let (name, matches) = matches.subcommand().expect("clap requires a subcommand");
    let action = match name {
        "import" => Action::Import {
            file: matches.get_one::<PathBuf>("file").expect("clap requires the file").clone(),
            stage: matches.get_one::<String>("to_stage").expect("clap requires the stage").clone(),
            protocol: Protocol::named(matches.get_one::<String>("protocol").expect("there is a default")),
        },
        "apis" => Action::Apis,
        "explain" => Action::Explain(asked(matches)),
        "settings" => Action::Settings,
        _ => Action::Serve,
    };
    Ok(Invocation { action, sources: sources(matches, environment) })
}

fn sources(matches: &ArgMatches, environment: BTreeMap<String, String>) -> Sources {
    let file = matches.try_get_one::<PathBuf>("config").ok().flatten().cloned();
    let file = file.or_else(|| environment.get("STAGEGATE_CONFIG").map(PathBuf::from));
    let flags = all()
        .filter_map(|row| {
            let value = matches.try_get_one::<String>(row.key).ok().flatten()?;
            Some((row.key, value.clone()))
        })
        .collect();
    Sources { file, environment, flags }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invoke(line: &str) -> Result<Invocation, clap::Error> {
        parse(line.split(' ').map(OsString::from), [("STAGEGATE_CONFIG".into(), "from-env.toml".into())].into_iter())
    }

    #[test]
    fn the_grammar_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn every_setting_is_a_flag_of_serve() {
        let serve = command().find_subcommand("serve").expect("a command").clone();
        for row in all() {
            let flag = serve.get_arguments().find(|arg| arg.get_id() == row.key).expect(row.key);
            assert_eq!(flag.get_long(), Some(row.flag().as_str()));
        }
    }

    #[test]
    fn flags_are_collected_by_key() {
        let invocation = invoke("stagegate serve --data-dir /d --import a.yaml --stage dev --cores 2").expect("parses");
        assert!(matches!(invocation.action, Action::Serve));
        assert_eq!(invocation.sources.flags["data_dir"], "/d");
        assert_eq!(invocation.sources.flags["cores"], "2");
        assert_eq!(invocation.sources.flags["stage"], "dev");
        assert_eq!(invocation.sources.file, Some("from-env.toml".into()));
        let invocation = invoke("stagegate serve --config other.toml --aws-quotas").expect("parses");
        assert_eq!(invocation.sources.flags["aws_quotas"], "true");
        assert_eq!(invocation.sources.file, Some("other.toml".into()));
    }

    #[test]
    fn import_takes_a_file_and_a_stage() {
        let invocation = invoke("stagegate import a.yaml --stage dev --control 127.0.0.1:1").expect("parses");
        let Action::Import { file, stage, .. } = invocation.action else { panic!("not an import") };
        assert_eq!((file, stage.as_str()), (PathBuf::from("a.yaml"), "dev"));
        assert_eq!(invocation.sources.flags["control"], "127.0.0.1:1");
    }

    #[test]
    fn what_is_not_in_the_grammar_is_refused() {
        for line in
            ["stagegate", "stagegate fly", "stagegate import a.yaml", "stagegate serve --fly", "stagegate apis x"]
        {
            assert!(invoke(line).is_err(), "{line}");
        }
    }
}
