//! Method settings of a stage become what is written down for each route.

use stagegate_model::rest::{LoggingLevel, Stage};
use stagegate_plan::{ApiFacts, DeploymentPlan, ExecutionLogPlan, LogLevel, RouteLogging, RoutePlan};

use crate::method_settings::MethodSettings;

/// Compiles the execution logs of a stage; `None` when no route has one.
pub(crate) fn execution_log(stage: &Stage, api: &ApiFacts, deployment: &DeploymentPlan) -> Option<ExecutionLogPlan> {
    let settings = MethodSettings::of(stage.method_settings.as_ref()?);
    let routes: Box<[_]> = deployment.routes.iter().map(|route| logging(&settings, route)).collect();
    routes.iter().any(Option::is_some).then(|| ExecutionLogPlan {
        destination_arn: group_arn(stage, api).into(),
        copy_arn: None,
        routes,
    })
}

/// The group that AWS writes to (fact L1).
fn group_arn(stage: &Stage, api: &ApiFacts) -> String {
    let ApiFacts { id, account, region, .. } = api;
    format!("arn:aws:logs:{region}:{account}:log-group:API-Gateway-Execution-Logs_{id}/{}", stage.stage_name)
}

fn logging(settings: &MethodSettings<'_>, route: &RoutePlan) -> Option<RouteLogging> {
    let level = match settings.member(route, |setting| setting.logging_level)? {
        LoggingLevel::Off => return None,
        LoggingLevel::Error => LogLevel::Error,
        LoggingLevel::Info => LogLevel::Info,
    };
    let has_data = settings.member(route, |setting| setting.data_trace_enabled) == Some(true);
    Some(RouteLogging { level, has_data })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use stagegate_model::rest::MethodSetting;
    use stagegate_plan::{AuthorizationPlan, IntegrationPlan, MethodKey, Verb};

    use super::*;

    fn route(method: MethodKey, path: &str) -> RoutePlan {
        RoutePlan {
            resource_id: "r".into(),
            resource_path: path.into(),
            key: None,
            method,
            parameters: Box::default(),
            authorization: AuthorizationPlan::Open,
            key_required: false,
            validation: None,
            cache_key: None,
            integration: IntegrationPlan::Misconfigured { why: "a test".into() },
            edits: None,
        }
    }

    fn level(settings: &[(&str, Option<LoggingLevel>, Option<bool>)], route: &RoutePlan) -> Option<(LogLevel, bool)> {
        let setting = |(key, level, data): &(&str, Option<LoggingLevel>, Option<bool>)| {
            let setting =
                MethodSetting { logging_level: *level, data_trace_enabled: *data, ..MethodSetting::default() };
            ((*key).to_owned(), setting)
        };
        let settings: BTreeMap<_, _> = settings.iter().map(setting).collect();
        logging(&MethodSettings::of(&settings), route).map(|logging| (logging.level, logging.has_data))
    }

    #[test]
    fn the_most_specific_setting_decides() {
        use LoggingLevel::{Error, Info, Off};
        let get = route(MethodKey::Verb(Verb::Get), "/pets/{id}");
        let all = ("*/*", Some(Info), Some(true));
        assert_eq!(level(&[all], &get), Some((LogLevel::Info, true)));
        assert_eq!(level(&[all, ("~1pets~1{id}/GET", Some(Error), Some(false))], &get), Some((LogLevel::Error, false)));
        assert_eq!(level(&[all, ("/pets/{id}/GET", Some(Off), None)], &get), None);
        assert_eq!(level(&[all, ("pets/{id}/GET", Some(Error), None)], &get), Some((LogLevel::Error, true)));
        assert_eq!(level(&[all, ("~1pets~1{id}/POST", Some(Off), None)], &get), Some((LogLevel::Info, true)));
        assert_eq!(level(&[("*/*", None, Some(true))], &get), None);
        assert_eq!(level(&[], &get), None);
    }

    #[test]
    fn the_root_and_any_are_found_under_their_names() {
        let any = route(MethodKey::Any, "/");
        for key in ["~1/ANY", "//ANY", "/ANY"] {
            let settings = [(key, Some(LoggingLevel::Error), None)];
            assert_eq!(level(&settings, &any), Some((LogLevel::Error, false)), "{key}");
        }
        let get = route(MethodKey::Verb(Verb::Get), "/");
        assert_eq!(level(&[("~1/ANY", Some(LoggingLevel::Error), None)], &get), None);
    }
}
