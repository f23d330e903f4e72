//! `[[certificates]]` and `[[truststores]]`: the files behind ARNs of certificates and URIs of truststores.

use std::path::PathBuf;

use toml_edit::{Item, TableLike};

use super::file::{Reader, key_span};
use super::{ConfigError, Settings};
use crate::tls::{CertificateSettings, PairFiles, TruststoreSettings};

/// The array of certificates.
pub(super) const CERTIFICATES: &str = "certificates";
/// The array of truststores.
pub(super) const TRUSTSTORES: &str = "truststores";
const CERTIFICATE_KEYS: [&str; 4] = ["arn", "name", "certificate", "key"];
const TRUSTSTORE_KEYS: [&str; 3] = ["uri", "version", "file"];

/// Reads the certificates.
pub(super) fn read_certificates(reader: &Reader<'_>, item: &Item, settings: &mut Settings) -> Result<(), ConfigError> {
    for table in tables(reader, CERTIFICATES, item)? {
        let entry = Entry { reader, kind: CERTIFICATES, table, whole: item };
        entry.check_keys(&CERTIFICATE_KEYS)?;
        let (arn, name) = (entry.optional("arn")?, entry.optional("name")?);
        if let Some(bad) = arn.filter(|arn| !arn.starts_with("arn:")) {
            return Err(entry.refuse("arn", &format!("the ARN of a certificate, not `{bad}`")));
        }
        let names: Vec<String> = [arn, name].into_iter().flatten().map(str::to_owned).collect();
        if names.is_empty() {
            return Err(entry.refuse("arn", "`arn` or `name`: what domain names have for the certificate"));
        }
        let taken = |name: &String| settings.tls.certificates.iter().any(|known| known.names.contains(name));
        if let Some(name) = names.iter().find(|name| taken(name)) {
            return Err(entry.refuse("arn", &format!("one entry for each certificate, and `{name}` has two")));
        }
        let pair = PairFiles { certificate: entry.path("certificate")?, key: entry.path("key")? };
        settings.tls.certificates.push(CertificateSettings { names, pair });
    }
    Ok(())
}

/// Reads the truststores.
pub(super) fn read_truststores(reader: &Reader<'_>, item: &Item, settings: &mut Settings) -> Result<(), ConfigError> {
    for table in tables(reader, TRUSTSTORES, item)? {
        let entry = Entry { reader, kind: TRUSTSTORES, table, whole: item };
        entry.check_keys(&TRUSTSTORE_KEYS)?;
        let uri = entry.optional("uri")?.filter(|uri| uri.starts_with("s3://"));
        let uri = uri.ok_or_else(|| entry.refuse("uri", "`uri`, such as s3://bucket/truststore.pem"))?.to_owned();
        let version = entry.optional("version")?.map(str::to_owned);
        if settings.tls.truststores.iter().any(|known| known.uri == uri && known.version == version) {
            return Err(entry.refuse("uri", "one entry for each version of a truststore, and this one has two"));
        }
        let file = entry.path("file")?;
        settings.tls.truststores.push(TruststoreSettings { uri, version, file });
    }
    Ok(())
}

fn tables<'i>(reader: &Reader<'_>, kind: &str, item: &'i Item) -> Result<Vec<&'i dyn TableLike>, ConfigError> {
    let tables: Option<Vec<&dyn TableLike>> = match (item.as_array_of_tables(), item.as_array()) {
        (Some(tables), _) => Some(tables.iter().map(|table| table as &dyn TableLike).collect()),
        (_, Some(array)) => {
            array.iter().map(|value| value.as_inline_table().map(|table| table as &dyn TableLike)).collect()
        }
        _ => None,
    };
    tables.ok_or_else(|| {
        let help = format!("write `[[{kind}]]` and its keys below, once for each");
        reader.refuse(item.span(), format!("`{kind}` must be an array of tables"), help)
    })
}

/// An entry being read.
struct Entry<'r> {
    reader: &'r Reader<'r>,
    kind: &'static str,
    table: &'r dyn TableLike,
    whole: &'r Item,
}

impl<'r> Entry<'r> {
    fn check_keys(&self, keys: &[&str]) -> Result<(), ConfigError> {
        match self.table.iter().find(|(key, _)| !keys.contains(key)) {
            Some((key, _)) => Err(self.reader.unknown(key_span(self.table, key), key, keys)),
            None => Ok(()),
        }
    }

    fn optional(&self, key: &str) -> Result<Option<&'r str>, ConfigError> {
        let Some(item) = self.table.get(key) else { return Ok(None) };
        let text = item.as_str().filter(|text| !text.is_empty() && text.len() <= 2048);
        text.map(Some).ok_or_else(|| self.refuse(key, &format!("`{key}` is a string of 1 to 2048 bytes")))
    }

    /// A path, from the folder of the file.
    fn path(&self, key: &str) -> Result<PathBuf, ConfigError> {
        let path = self.optional(key)?.ok_or_else(|| self.refuse(key, &format!("`{key}`, the path of a PEM file")))?;
        Ok(self.reader.folder.join(path))
    }

    fn refuse(&self, key: &str, allowed: &str) -> ConfigError {
        let span = self.table.get(key).and_then(Item::span).or_else(|| self.whole.span());
        self.reader.refuse(span, format!("an entry of `{}` is refused", self.kind), format!("allowed: {allowed}"))
    }
}

#[cfg(test)]
mod tests {
    use miette::Diagnostic as _;

    use crate::config::file::apply;
    use crate::config::load::defaults;

    #[test]
    fn certificates_and_truststores_are_read() {
        let mut settings = defaults();
        let text = "tls = '127.0.0.1:8443'\n\
                    [[certificates]]\narn = 'arn:aws:acm:us-east-1:1:certificate/a'\nname = 'a'\n\
                    certificate = 'a.pem'\nkey = '/keys/a.pem'\n\
                    [[truststores]]\nuri = 's3://b/k'\nversion = '1'\nfile = 'k.pem'\n\
                    [[truststores]]\nuri = 's3://b/k'\nfile = 'l.pem'\n";
        apply("/etc/stagegate.toml", text, &mut settings).expect("allowed");
        let tls = &settings.tls;
        assert_eq!(tls.listen.map(|listen| listen.port()), Some(8443));
        assert_eq!(tls.certificates[0].names, ["arn:aws:acm:us-east-1:1:certificate/a", "a"]);
        let paths = [&tls.certificates[0].pair.certificate, &tls.certificates[0].pair.key, &tls.truststores[0].file];
        assert_eq!(paths.map(|path| path.display().to_string()), ["/etc/a.pem", "/keys/a.pem", "/etc/k.pem"]);
        assert_eq!((tls.truststores[0].version.as_deref(), tls.truststores[1].version.as_deref()), (Some("1"), None));
    }

    #[test]
    fn refusals_say_what_is_allowed() {
        for (text, message, help) in [
            ("certificates = 1", "must be an array of tables", "[[certificates]]"),
            ("[[certificates]]\ncertificate = 'a'\nkey = 'b'", "`certificates` is refused", "`arn` or `name`"),
            ("[[certificates]]\narn = 'x'", "`certificates` is refused", "not `x`"),
            ("[[certificates]]\nname = ''", "`certificates` is refused", "1 to 2048"),
            ("[[certificates]]\nname = 'x'\nkey = 'b'", "`certificates` is refused", "`certificate`, the path"),
            ("[[certificates]]\nname = 'x'\ncertificate = 'a'", "`certificates` is refused", "`key`, the path"),
            ("[[certificates]]\nnames = 'x'", "no setting `names`", "`name`"),
            (
                "[[certificates]]\nname = 'x'\ncertificate = 'a'\nkey = 'b'\n\
                 [[certificates]]\nname = 'x'\ncertificate = 'a'\nkey = 'b'",
                "`certificates` is refused",
                "`x` has two",
            ),
            ("[[truststores]]\nuri = 'http://x'\nfile = 'a'", "`truststores` is refused", "s3://"),
            ("[[truststores]]\nuri = 's3://a/b'", "`truststores` is refused", "`file`, the path"),
            (
                "[[truststores]]\nuri = 's3://a/b'\nfile = 'a'\n[[truststores]]\nuri = 's3://a/b'\nfile = 'b'",
                "`truststores` is refused",
                "has two",
            ),
            ("tls = 'x'", "`tls` may not be `x`", "IP address"),
        ] {
            let error = apply("test.toml", text, &mut defaults()).expect_err(text);
            assert!(error.to_string().contains(message), "{text}: {error}");
            assert!(
                error.help().expect("help").to_string().contains(help),
                "{text}: {:?}",
                error.help().map(|h| h.to_string())
            );
        }
    }
}
