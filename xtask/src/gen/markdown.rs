//! Tables in Markdown files, kept between markers so that the text around them stays a person's.

use anyhow::{Context, Result, ensure};

/// Replaces what stands between `<!-- gen:NAME -->` and `<!-- /gen:NAME -->`.
pub(super) fn between(text: &str, name: &str, table: &str) -> Result<String> {
    let (open, close) = (
        format!("<!-- gen:{name} -->"),
        format!("<!-- /gen:{name} -->"),
    );
    let (before, rest) = text
        .split_once(&open)
        .with_context(|| format!("no {open} in it"))?;
    let (_, after) = rest
        .split_once(&close)
        .with_context(|| format!("no {close} in it"))?;
    ensure!(!after.contains(&open), "{open} stands in it twice");
    Ok(format!("{before}{open}\n{table}{close}{after}"))
}

/// One row; `|` and line breaks inside a cell are kept from ending it.
pub(super) fn row(cells: &[&str]) -> String {
    let cell = |text: &&str| text.trim().replace('\n', " ").replace('|', "\\|");
    let cells: Vec<String> = cells.iter().map(cell).collect();
    format!("| {} |\n", cells.join(" | "))
}

/// The head of a table.
pub(super) fn head(titles: &[&str]) -> String {
    row(titles) + &row(&vec!["---"; titles.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_markers_changes() {
        let text = "a <!-- gen:t -->old<!-- /gen:t --> b";
        let new = between(text, "t", "new\n").unwrap();
        assert_eq!(new, "a <!-- gen:t -->\nnew\n<!-- /gen:t --> b");
        assert_eq!(between(&new, "t", "new\n").unwrap(), new);
        assert!(between("a <!-- gen:t --> b", "t", "").is_err());
    }

    #[test]
    fn a_cell_stays_a_cell() {
        assert_eq!(row(&["a|b", "c\nd"]), "| a\\|b | c d |\n");
    }
}
