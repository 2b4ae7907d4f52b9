//! Links in the documents lead somewhere: to a file that is there and, behind `#`, to a heading.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::string_slice,
    reason = "this is a test"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn repository() -> PathBuf {
    fs::canonicalize(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).unwrap()
}

/// Every Markdown file, but what is built or hidden.
fn documents(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy();
        if path.is_dir() && name != "target" && name != "node_modules" && !name.starts_with('.') {
            documents(&path, found);
        } else if path.extension().is_some_and(|end| end == "md") {
            found.push(path);
        }
    }
}

/// The text without blocks and spans of code.
fn prose(text: &str) -> String {
    let mut out = String::new();
    let mut fenced = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            out.push_str(line);
        }
        out.push('\n');
    }
    out
}

/// The targets of `[text](target)`.
fn targets(text: &str) -> Vec<String> {
    let prose = prose(text);
    let behind = prose.split("](").skip(1);
    let targets = behind.filter_map(|rest| rest.split_once(')'));
    targets.map(|(target, _)| target.to_owned()).collect()
}

/// What stands behind `#` for each heading, as GitHub makes it.
fn anchors(text: &str) -> BTreeSet<String> {
    let prose = prose(text);
    let headings = prose.lines().filter(|line| line.starts_with('#'));
    let title = |line: &str| line.trim_start_matches('#').trim().to_lowercase();
    let anchor = |title: String| {
        let kept = title
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.collect::<String>().replace(' ', "-")
    };
    headings.map(|line| anchor(title(line))).collect()
}

/// What is wrong with a link in `document`; nothing where it leads out of the repository.
fn broken(document: &Path, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = match file {
        "" => document.to_path_buf(),
        file => document.parent().unwrap().join(file),
    };
    if !path.exists() {
        return Some("there is no such file".to_owned());
    }
    if anchor.is_empty() || anchors(&fs::read_to_string(&path).unwrap()).contains(anchor) {
        return None;
    }
    Some(format!("no heading there is called `{anchor}`"))
}

#[test]
fn every_link_leads_somewhere() {
    let root = repository();
    let (mut files, mut wrong, mut count) = (vec![], vec![], 0);
    documents(&root, &mut files);
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for target in targets(&text) {
            count += 1;
            if let Some(why) = broken(&file, &target) {
                let name = file.strip_prefix(&root).unwrap().display();
                wrong.push(format!("{name}: ({target}): {why}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 20, "{count} links: are they still found?");
}

#[test]
fn broken_links_are_found() {
    let readme = repository().join("README.md");
    assert_eq!(broken(&readme, "docs/choose.md"), None);
    assert_eq!(broken(&readme, "docs/choose.md#cors"), None);
    assert_eq!(broken(&readme, "https://example.com/gone"), None);
    assert!(broken(&readme, "docs/gone.md").is_some());
    assert!(broken(&readme, "docs/choose.md#gone").is_some());
    assert_eq!(
        targets("[a](b.md) `[c]` and\n```\n[d](e.md)\n```\n[f](#g)"),
        ["b.md", "#g"]
    );
}
