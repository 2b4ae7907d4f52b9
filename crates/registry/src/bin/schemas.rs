//! Prints the JSON Schema of every filter's config as one JSON object, for `cargo xtask gen`.

#![allow(clippy::print_stdout, reason = "printing is what it does")]

fn main() -> Result<(), serde_json::Error> {
    let mut all = serde_json::Map::new();
    for filter in hachure_registry::FILTERS {
        all.insert(filter.name.to_owned(), (filter.current_schema)().to_value());
    }
    println!("{}", serde_json::to_string_pretty(&all)?);
    Ok(())
}
