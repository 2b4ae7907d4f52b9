//! Envoy's version.

use std::fmt;

/// A version of Envoy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// 1.
    pub major: u32,
    /// The release, four a year.
    pub minor: u32,
    /// The patch release.
    pub patch: u32,
}

impl Version {
    /// The oldest that the filters are tried on.
    pub const OLDEST: Version = Version {
        major: 1,
        minor: 36,
        patch: 0,
    };

    /// Reads `1.40.0`, with or without something like `-dev` behind it.
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.trim().splitn(3, '.').map(|part| {
            let digits = part.bytes().take_while(u8::is_ascii_digit).count();
            part.get(..digits)?.parse().ok()
        });
        let (major, minor, patch) = (numbers.next()??, numbers.next()??, numbers.next()??);
        Some(Self {
            major,
            minor,
            patch,
        })
    }

    /// What `envoy --version` says: `envoy  version: <commit>/1.40.0/Clean/RELEASE/BoringSSL`.
    pub(crate) fn said(text: &str) -> Option<Self> {
        text.split('/').find_map(Self::parse)
    }

    /// Since 1.40 the functions that a module may use belong to the VM's config; the plugin's
    /// field still works there, and is marked to go.
    pub(crate) fn restricts_the_vm(self) -> bool {
        (self.major, self.minor) >= (1, 40)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_envoy_says() {
        let version = |major, minor, patch| {
            Some(Version {
                major,
                minor,
                patch,
            })
        };
        let said = "\nenvoy  version: 9e55/1.40.0/Clean/RELEASE/BoringSSL\n";
        assert_eq!(Version::said(said), version(1, 40, 0));
        assert_eq!(Version::parse("1.37.2-dev"), version(1, 37, 2));
        assert_eq!(Version::parse("1.37"), None);
        assert_eq!(Version::said("envoy version: unknown"), None);
        assert!(version(1, 9, 0) < version(1, 36, 0));
    }
}
