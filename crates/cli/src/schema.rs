//! `hachure schema`: the JSON Schema of a filter's config.

use anyhow::Result;

use crate::catalogue;
use crate::output;

/// Print the JSON Schema of a filter's config
///
/// Draft 2020-12, with descriptions and examples. Editors complete and check a config with it:
/// save it and name it in the first line of a config file.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  hachure schema cors > cors.schema.json
  # then, in cors.yaml:
  # yaml-language-server: $schema=cors.schema.json")]
pub(crate) struct Options {
    /// The filter's name in the catalogue
    #[arg(value_name = "NAME", value_parser = catalogue::names())]
    name: String,
}

/// Prints the schema.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let schema = catalogue::named(&options.name)?.schema;
    output::print(schema)?;
    if !schema.ends_with('\n') {
        output::print("\n")?;
    }
    Ok(true)
}
