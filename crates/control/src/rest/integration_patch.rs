//! The patch rows of `Integration`.

use stagegate_model::rest::{
    ConnectionType, ContentHandling, Integration, IntegrationType, ResponseTransferMode, TlsConfig,
};

use super::integration::{http_method, passthrough_behavior};
use crate::fault::Fault;
use crate::patch::{Edit, PatchRow, SET, SET_OR_CLEAR, row};

/// AWS's page "Patch Operations", `UpdateIntegration`, and the members it got since.
pub(crate) const PATCH: &[PatchRow<Integration>] = &[
    row("/cacheKeyParameters/{name}", SET_OR_CLEAR, |integration, edit| {
        edit.member(&mut integration.cache_key_parameters, edit.name(0))
    }),
    row("/cacheNamespace", SET, |integration, edit| {
        integration.cache_namespace = edit.optional_text();
        Ok(())
    }),
    row("/connectionId", SET, |integration, edit| {
        integration.connection_id = edit.optional_text();
        Ok(())
    }),
    row("/connectionType", SET, |integration, edit| {
        let kind = edit.choice(ConnectionType::NAMES)?;
        integration.connection_type = Some(kind);
        if kind == ConnectionType::Internet {
            integration.connection_id = None;
        }
        Ok(())
    }),
    row("/contentHandling", SET, |integration, edit| {
        let clears = edit.optional_text().is_none();
        integration.content_handling = if clears { None } else { Some(edit.choice(ContentHandling::NAMES)?) };
        Ok(())
    }),
    row("/credentials", SET, |integration, edit| {
        integration.credentials = edit.optional_text();
        Ok(())
    }),
    row("/httpMethod", SET, |integration, edit| {
        refuse_for_mock(integration, edit)?;
        integration.http_method = Some(http_method(&edit.text()?)?);
        Ok(())
    }),
    row("/integrationTarget", SET, |integration, edit| {
        integration.integration_target = edit.optional_text();
        Ok(())
    }),
    row("/passthroughBehavior", SET, |integration, edit| {
        integration.passthrough_behavior = Some(passthrough_behavior(&edit.text()?)?);
        Ok(())
    }),
    row("/requestParameters/{name}", SET_OR_CLEAR, |integration, edit| {
        edit.entry(&mut integration.request_parameters, edit.name(0), Edit::text)
    }),
    row("/requestTemplates/{contentType}", SET_OR_CLEAR, |integration, edit| {
        edit.entry(&mut integration.request_templates, edit.name(0), |edit| {
            Ok(edit.optional_text().unwrap_or_default())
        })
    }),
    row("/responseTransferMode", SET, |integration, edit| {
        integration.response_transfer_mode = Some(edit.choice(ResponseTransferMode::NAMES)?);
        Ok(())
    }),
    row("/timeoutInMillis", SET, |integration, edit| {
        integration.timeout_in_millis = Some(edit.number()?);
        Ok(())
    }),
    row("/tlsConfig/insecureSkipVerification", SET, |integration, edit| {
        integration.tls_config = Some(TlsConfig { insecure_skip_verification: Some(edit.flag()?) });
        Ok(())
    }),
    row("/uri", SET, |integration, edit| {
        refuse_for_mock(integration, edit)?;
        integration.uri = Some(edit.text()?);
        Ok(())
    }),
];

/// A MOCK integration has neither a URI nor a verb, and neither can be set later.
fn refuse_for_mock(integration: &Integration, edit: &Edit<'_>) -> Result<(), Fault> {
    if integration.r#type == IntegrationType::Mock { Err(edit.nowhere()) } else { Ok(()) }
}
