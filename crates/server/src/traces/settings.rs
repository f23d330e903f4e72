//! What is set about traces.

use std::str::FromStr;
use std::time::Duration;

use stagegate_gateway::Propagation;

use crate::xray::{DaemonAddress, Intervals};

/// What lists of headers may have.
pub(crate) const PROPAGATION: &str = "xray and w3c";

/// Which stages sample requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum TracedStages {
    /// Those with `tracingEnabled`.
    #[default]
    Enabled,
    /// All.
    All,
}

impl FromStr for TracedStages {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "enabled" => Ok(Self::Enabled),
            "all" => Ok(Self::All),
            _ => Err(()),
        }
    }
}

/// Everything that can be set about traces.
#[derive(Debug, Clone, Default)]
pub(crate) struct TraceSettings {
    /// Where X-Ray's daemon is.
    pub(crate) daemon: Option<DaemonAddress>,
    /// Requests a second that are sampled.
    pub(crate) reservoir_per_s: u64,
    /// The part of all others that is sampled, from 0 to 1.
    pub(crate) rate: f64,
    pub(crate) stages: TracedStages,
    /// The headers that are read and written.
    pub(crate) propagation: Vec<Propagation>,
    /// What clients have decided counts.
    pub(crate) follows_clients: bool,
    /// How often the daemon is asked for rules, in seconds.
    pub(crate) rules_s: u64,
    /// How often it is asked for targets, in seconds.
    pub(crate) targets_s: u64,
}

impl TraceSettings {
    /// Takes a rate; `None` if it is no part of a whole.
    pub(crate) fn set_rate(&mut self, text: &str) -> Option<()> {
        self.rate = text.parse().ok().filter(|rate| (0.0..=1.0).contains(rate))?;
        Some(())
    }

    pub(super) fn reservoir(&self) -> u32 {
        u32::try_from(self.reservoir_per_s).unwrap_or(u32::MAX)
    }

    pub(super) fn intervals(&self) -> Intervals {
        Intervals { rules: Duration::from_secs(self.rules_s), targets: Duration::from_secs(self.targets_s) }
    }
}

/// The headers of a list of words; `None` if one is none.
pub(crate) fn propagation(text: &str) -> Option<Vec<Propagation>> {
    let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
    words
        .map(|word| match word {
            "xray" => Some(Propagation::Xray),
            "w3c" => Some(Propagation::W3c),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_parts_of_a_whole() {
        let mut settings = TraceSettings::default();
        for (text, rate) in [("0", 0.0), ("0.05", 0.05), ("1", 1.0)] {
            settings.set_rate(text).expect(text);
            assert!((settings.rate - rate).abs() < 1e-9, "{text}");
        }
        for text in ["", "-0.1", "1.1", "NaN", "inf", "5%"] {
            assert_eq!(settings.set_rate(text), None, "{text}");
        }
    }

    #[test]
    fn headers_are_listed_in_their_order() {
        assert_eq!(propagation("w3c, xray"), Some(vec![Propagation::W3c, Propagation::Xray]));
        assert_eq!(propagation(""), Some(Vec::new()));
        assert_eq!(propagation("b3"), None);
    }
}
