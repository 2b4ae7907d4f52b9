//! {{title}}.
//!
//! 1. On a response it sets the configured header.

mod config;

use hachure_config::{ConfigErrors, Path};
use hachure_exchange::{Effects, Exchange, HeaderOp, Outcome, Phase, Policy, Reason, Setup};

pub use config::Config;

/// The compiled config.
pub struct {{type}} {
    config: Config,
}

impl Policy for {{type}} {
    const NAME: &'static str = "{{name}}";
    const REASONS: &'static [Reason] = &[];
    const PHASES: &'static [Phase] = &[Phase::RequestHeaders, Phase::ResponseHeaders];
    type Config = Config;
    type Stream = ();

    fn compile(config: Config, _setup: Setup<'_>) -> Result<Self, ConfigErrors> {
        let header = Effects::new().header(HeaderOp::Set, &config.header, config.value.as_bytes());
        if header.is_err() {
            let path = Path::ROOT.key("header");
            return Err(ConfigErrors::new(&path, "a header that a message can carry", config.header));
        }
        Ok(Self { config })
    }

    fn response_headers(&self, (): &mut (), x: &mut Exchange<'_>) -> Outcome {
        // Checked when the config was compiled.
        let _ = x.set(&self.config.header, &self.config.value);
        Outcome::Continue
    }
}
