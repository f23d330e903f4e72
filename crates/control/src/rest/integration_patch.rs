//! The patch rows of `Integration`.

use stagegate_model::rest::{ConnectionType, ContentHandling, Integration, ResponseTransferMode, TlsConfig};

use super::integration::{http_method, passthrough_behavior};
use crate::patch::{Edit, ITEM, Op, PatchRow, SET, SET_OR_CLEAR, row};

/// AWS's page "Patch Operations", `UpdateIntegration`, and the members it got since.
pub(crate) const PATCH: &[PatchRow<Integration>] = &[
    row("/cacheKeyParameters/{name}", ITEM, |integration, edit| {
        edit.member(&mut integration.cache_key_parameters, edit.name(0))
    }),
    row("/cacheNamespace", SET, |integration, edit| {
        integration.cache_namespace = edit.optional_text();
        Ok(())
    }),
    row("/connectionId", SET_OR_CLEAR, |integration, edit| {
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
    row("/contentHandling", SET_OR_CLEAR, |integration, edit| {
        let clears = edit.optional_text().is_none();
        integration.content_handling = if clears { None } else { Some(edit.choice(ContentHandling::NAMES)?) };
        Ok(())
    }),
    row("/credentials", SET_OR_CLEAR, |integration, edit| {
        integration.credentials = edit.optional_text();
        Ok(())
    }),
    row("/httpMethod", SET, |integration, edit| {
        integration.http_method = Some(http_method(&edit.text()?)?);
        Ok(())
    }),
    row("/integrationTarget", SET_OR_CLEAR, |integration, edit| {
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
    row("/tlsConfig", &[Op::Remove], |integration, _| {
        integration.tls_config = None;
        Ok(())
    }),
    row("/tlsConfig/insecureSkipVerification", SET_OR_CLEAR, |integration, edit| {
        let skip = if edit.removes() { None } else { Some(edit.flag()?) };
        integration.tls_config = skip.map(|skip| TlsConfig { insecure_skip_verification: Some(skip) });
        Ok(())
    }),
    row("/uri", SET, |integration, edit| {
        integration.uri = Some(edit.text()?);
        Ok(())
    }),
];
