//! Connection overrides: what the fragment of a webhook's URL says about how it is called.

use std::time::Duration;

use super::request::Warning;

/// How one webhook is called.
///
/// Source: <https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Overrides {
    /// `ct`: how long one attempt to connect may take.
    pub(super) connect: Duration,
    /// `rt`: how long the first byte of the answer may take.
    pub(super) read: Duration,
    /// `tt`: how long all attempts together may take.
    pub(super) total: Duration,
    /// `rc`: how often a failed attempt is repeated.
    pub(super) retries: u64,
    /// `rp`: after which failures it is.
    pub(super) policy: Policy,
}

/// After which failures a request is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "four independent words of one list")]
pub(super) struct Policy {
    pub(super) connect: bool,
    pub(super) read: bool,
    pub(super) status_4xx: bool,
    pub(super) status_5xx: bool,
}

impl Default for Overrides {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            read: Duration::from_secs(15),
            total: Duration::from_secs(15),
            retries: 1,
            policy: Policy { connect: true, read: false, status_4xx: false, status_5xx: false },
        }
    }
}

/// Twilio's edges; each may be followed by `-ix`.
const EDGES: [&str; 8] =
    ["ashburn", "dublin", "frankfurt", "sao-paulo", "singapore", "sydney", "tokyo", "umatilla"];

impl Overrides {
    /// Reads a fragment, without its `#`. What cannot be used leaves the default and a warning;
    /// names that are not known are no overrides.
    pub(super) fn read(fragment: &str) -> (Self, Vec<Warning>) {
        let mut overrides = Self::default();
        let mut warnings = Vec::new();
        for (name, value) in form_urlencoded::parse(fragment.as_bytes()) {
            if let Err(warning) = overrides.set(&name, &value) {
                warnings.push(warning);
            }
        }
        (overrides, warnings)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), Warning> {
        let millis = Duration::from_millis;
        match name {
            "ct" => self.connect = millis(number(name, value, 100, 10_000)?),
            "rt" => self.read = millis(number(name, value, 100, 15_000)?),
            "tt" => self.total = millis(number(name, value, 100, 15_000)?),
            "rc" => self.retries = number(name, value, 0, 5)?,
            "rp" => self.policy = Policy::read(value)?,
            "e" => {
                let is_known = |edge: &str| EDGES.contains(&edge.trim_end_matches("-ix"));
                if let Some(edge) = value.split(',').find(|edge| !is_known(edge)) {
                    let text = format!("the connection override e names no edge of Twilio: {edge}");
                    return Err(Warning::new(11240, text));
                }
            }
            _ => {}
        }
        Ok(())
    }
}

impl Policy {
    fn read(list: &str) -> Result<Self, Warning> {
        let mut policy = Self { connect: false, read: false, status_4xx: false, status_5xx: false };
        for word in list.split(',').map(str::trim) {
            match word {
                "4xx" => policy.status_4xx = true,
                "5xx" => policy.status_5xx = true,
                "ct" => policy.connect = true,
                "rt" => policy.read = true,
                "all" => {
                    policy = Self { connect: true, read: true, status_4xx: true, status_5xx: true };
                }
                _ => {
                    let text = "the connection override rp must list 4xx, 5xx, ct, rt or all";
                    return Err(Warning::new(11243, text));
                }
            }
        }
        Ok(policy)
    }
}

fn number(name: &str, value: &str, least: u64, most: u64) -> Result<u64, Warning> {
    value.parse().ok().filter(|number| (least..=most).contains(number)).ok_or_else(|| {
        let text = format!(
            "the connection override {name} must be {least} to {most}; the default is used"
        );
        Warning::remark(text)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(fragment: &str, expected: &Overrides, codes: &[Option<u32>]) {
        let (read, warnings) = Overrides::read(fragment);
        assert_eq!(&read, expected, "{fragment}");
        let said: Vec<_> = warnings.iter().map(|warning| warning.code).collect();
        assert_eq!(said, codes, "{fragment}");
    }

    #[test]
    fn a_fragment_says_how_the_webhook_is_called() {
        let usual = Overrides::default;
        let millis = Duration::from_millis;
        let of = |connect, read, status_4xx, status_5xx| Policy {
            connect,
            read,
            status_4xx,
            status_5xx,
        };
        check("", &usual(), &[]);
        check("top", &usual(), &[]);
        check("ct=2000", &Overrides { connect: millis(2_000), ..usual() }, &[]);
        let both = Overrides { read: millis(300), total: millis(100), ..usual() };
        check("rt=300&tt=100&sni=n", &both, &[]);
        let retried = Overrides { retries: 5, policy: of(true, true, true, true), ..usual() };
        check("rc=5&rp=all", &retried, &[]);
        check("rp=5xx", &Overrides { policy: of(false, false, false, true), ..usual() }, &[]);
        check("rp=4xx,rt", &Overrides { policy: of(false, true, true, false), ..usual() }, &[]);
        check("rp=sometimes&ct=50&tt=15001", &usual(), &[Some(11243), None, None]);
        check("rc=6&rt=soon", &usual(), &[None, None]);
        check("e=dublin,tokyo-ix", &usual(), &[]);
        check("e=moon", &usual(), &[Some(11240)]);
    }

    proptest! {
        #[test]
        fn any_fragment_leaves_limits_within_bounds(fragment in "((ct|rt|tt|rc|rp|e)=[-a-z0-9,]{0,6}&?){0,6}|.{0,40}") {
            let (read, _) = Overrides::read(&fragment);
            prop_assert!(read.retries <= 5);
            for limit in [read.connect, read.read, read.total] {
                prop_assert!((100..=15_000).contains(&limit.as_millis()));
            }
        }
    }
}
