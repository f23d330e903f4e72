//! The certificates and truststores of the settings: read at the start, read anew when a file changes.

mod files;
mod settings;
mod watch;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use miette::Report;
use stagegate_compile::TlsSources;
use stagegate_control::Truststores;
use stagegate_tls::{DefaultTls, ServerIdentity, Truststore, self_signed};
use tokio::sync::watch::{Receiver, Sender};

use files::{Files, Read};
pub(crate) use settings::{CertificateSettings, PairFiles, TlsSettings, TruststoreSettings};

/// A truststore, and what is wrong with it.
type LoadedTruststore = (Arc<Truststore>, Vec<String>);

/// What is known of the files.
struct Loaded {
    default: Arc<DefaultTls>,
    certificates: HashMap<String, Result<ServerIdentity, String>>,
    /// In the order of the settings.
    truststores: Vec<Result<LoadedTruststore, String>>,
}

/// Certificates and truststores by the names that domain names have for them.
pub(crate) struct Certificates {
    settings: TlsSettings,
    loaded: RwLock<Loaded>,
    changed: Sender<u64>,
}

impl Certificates {
    /// Reads every file. `hosts` are the names of a certificate that is made where the settings have no default one.
    ///
    /// # Errors
    /// The default certificate cannot be used; other files only lead to warnings.
    pub(crate) fn load(settings: &TlsSettings, hosts: &[String]) -> Result<Arc<Self>, Report> {
        let mut files = Files::default();
        let default = match settings.default_pair() {
            Some(pair) => files.pair(&pair).map_err(|why| {
                miette::miette!("the default certificate {} cannot be used: {why}", pair.certificate.display())
            })?,
            None => self_signed(hosts).map_err(|why| miette::miette!("no certificate can be made: {why}"))?,
        };
        let default = DefaultTls::new(default).map_err(|why| miette::miette!("no TLS with this certificate: {why}"))?;
        let loaded = Loaded { default: Arc::new(default), certificates: HashMap::new(), truststores: Vec::new() };
        let loaded = read(settings, &mut files, &loaded, false);
        let certificates =
            Arc::new(Self { settings: settings.clone(), loaded: RwLock::new(loaded), changed: Sender::new(0) });
        watch::start(&certificates, files);
        Ok(certificates)
    }

    /// Tells of every time that something was read anew.
    pub(crate) fn changes(&self) -> Receiver<u64> {
        self.changed.subscribe()
    }

    /// What hosts show that have no certificate of their own.
    pub(crate) fn default_tls(&self) -> Arc<DefaultTls> {
        Arc::clone(&self.loaded().default)
    }

    /// Reads the files that have changed.
    fn refresh(&self, files: &mut Files) {
        let next = read(&self.settings, files, &self.loaded(), true);
        *self.loaded.write().unwrap_or_else(PoisonError::into_inner) = next;
        self.changed.send_modify(|count| *count += 1);
    }

    fn loaded(&self) -> RwLockReadGuard<'_, Loaded> {
        self.loaded.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The truststore of a version before the one for all of them.
    fn place(&self, uri: &str, version: Option<&str>) -> Option<usize> {
        let of = |wanted: Option<&str>| {
            self.settings.truststores.iter().position(|it| it.uri == uri && it.version.as_deref() == wanted)
        };
        version.and_then(|version| of(Some(version))).or_else(|| of(None))
    }
}

/// Reads what has changed. A pair or a truststore that became unreadable leaves the last good one in place; a truststore that is
/// gone trusts nobody.
fn read(settings: &TlsSettings, files: &mut Files, before: &Loaded, is_again: bool) -> Loaded {
    let mut next = Loaded {
        default: Arc::clone(&before.default),
        certificates: before.certificates.clone(),
        truststores: before.truststores.clone(),
    };
    if let Some(pair) = settings.default_pair().filter(|pair| is_again && files.has_changed(&pair.paths())) {
        let made = files.pair(&pair).and_then(|identity| DefaultTls::new(identity).map_err(|error| error.to_string()));
        match made {
            Ok(made) => next.default = Arc::new(made),
            Err(why) => tracing::warn!(%why, "the default certificate cannot be used; the one before is kept"),
        }
    }
    for certificate in &settings.certificates {
        if is_again && !files.has_changed(&certificate.pair.paths()) {
            continue;
        }
        let read = files.pair(&certificate.pair);
        for name in &certificate.names {
            match (&read, next.certificates.get(name)) {
                (Err(why), Some(Ok(_))) => {
                    tracing::warn!(certificate = name, %why, "a certificate cannot be used; the one before is kept");
                }
                _ => drop(next.certificates.insert(name.clone(), read.clone())),
            }
        }
    }
    next.truststores.resize_with(settings.truststores.len(), || Err("it was not read yet".to_owned()));
    for (slot, truststore) in next.truststores.iter_mut().zip(&settings.truststores) {
        if is_again && !files.has_changed(&[&truststore.file]) {
            continue;
        }
        match files.truststore(&truststore.file) {
            Read::Good(read) => *slot = Ok(read),
            Read::Broken(why) if slot.is_ok() => {
                tracing::warn!(truststore = truststore.uri, %why, "a truststore cannot be used; the one before is kept");
            }
            Read::Broken(why) | Read::Missing(why) => *slot = Err(why),
        }
    }
    next
}

impl TlsSources for Certificates {
    fn certificate(&self, named: &str) -> Result<ServerIdentity, String> {
        let loaded = self.loaded();
        loaded.certificates.get(named).cloned().unwrap_or_else(|| Err("no [[certificates]] has it".to_owned()))
    }

    fn truststore(&self, uri: &str, version: Option<&str>) -> Result<Arc<Truststore>, String> {
        let place = self.place(uri, version).ok_or_else(|| "no [[truststores]] has it".to_owned())?;
        let loaded = self.loaded();
        loaded.truststores[place].as_ref().map(|(truststore, _)| Arc::clone(truststore)).map_err(Clone::clone)
    }

    fn default_identity(&self) -> ServerIdentity {
        self.loaded().default.identity().clone()
    }
}

impl Truststores for Certificates {
    fn warnings(&self, uri: &str, version: Option<&str>) -> Vec<String> {
        let found = self.place(uri, version).map(|place| self.loaded().truststores[place].clone());
        match found {
            Some(Ok((_, warnings))) => warnings,
            Some(Err(why)) => vec![format!("The truststore cannot be used, and no client is trusted: {why}")],
            None => vec!["No file is set up for the truststore, and no client is trusted".to_owned()],
        }
    }
}
