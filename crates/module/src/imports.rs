//! The list of what a module may import, `imports.txt`: the audit of this repository's own modules
//! and whoever takes modules from elsewhere hold them against the same one.

const LIST: &str = include_str!("../imports.txt");

/// Whether a module may ask its host for that function, `<module>.<name>`.
pub fn may_import(import: &str) -> bool {
    entries().any(|(entry, _)| entry == import)
}

/// The imports, and why each is there.
fn entries() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = LIST.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split_once(" # ").unwrap_or((line, "")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_on_the_list_may_be_imported_and_nothing_else() {
        assert!(may_import("env.proxy_log"));
        for other in [
            "",
            "env.proxy_lo",
            "env.proxy_logs",
            "proxy_log",
            "env.proxy_log # x",
        ] {
            assert!(!may_import(other), "{other}");
        }
    }

    #[test]
    fn every_entry_has_a_reason() {
        for (import, why) in entries() {
            assert!(!why.is_empty(), "{import}: add ` # ` and why it is allowed");
            assert!(import.contains('.'), "{import}");
        }
    }
}
