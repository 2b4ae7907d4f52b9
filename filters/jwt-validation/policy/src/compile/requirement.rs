//! `require`, compiled.

use hachure_config::{Path, Problems};

use crate::config::{self, Config};
use crate::requirement::Requirement;

/// Compiles the requirement, and puts the groups of providers that it asks for into `groups`.
pub(super) fn compile(
    config: &Config,
    groups: &mut Vec<Vec<usize>>,
    problems: &mut Problems,
) -> Requirement {
    let Some(written) = &config.require else {
        groups.push((0..config.providers.len()).collect());
        return Requirement::Group(0);
    };
    let place = Path::ROOT.key("require");
    let mut reader = Reader {
        config,
        groups,
        problems,
    };
    let requirement = reader.read(written, &place);
    for (i, provider) in config.providers.iter().enumerate() {
        if !groups.iter().any(|group| group.contains(&i)) {
            let expected = "a requirement that names every provider";
            let found = format!("none for {}", provider.name);
            problems.add(&place, expected, &found);
        }
    }
    requirement
}

struct Reader<'c, 'r> {
    config: &'c Config,
    groups: &'r mut Vec<Vec<usize>>,
    problems: &'r mut Problems,
}

impl Reader<'_, '_> {
    fn read(&mut self, written: &config::Requirement, path: &Path<'_>) -> Requirement {
        match written {
            config::Requirement::Provider(name) => {
                let place = self.provider(name, &path.key("provider"));
                self.group(place.into_iter().collect())
            }
            config::Requirement::Any(list) => self.any(list, &path.key("any")),
            config::Requirement::All(list) => self.all(list, &path.key("all")),
            config::Requirement::Optional(inner) => {
                Requirement::Optional(Box::new(self.read(inner, &path.key("optional"))))
            }
        }
    }

    /// Providers side by side are one group: of their tokens a request carries one.
    fn any(&mut self, list: &[config::Requirement], path: &Path<'_>) -> Requirement {
        let mut group = vec![];
        let mut others = vec![];
        for (i, inner) in list.iter().enumerate() {
            let here = path.index(i);
            match inner {
                config::Requirement::Provider(name) => {
                    group.extend(self.provider(name, &here.key("provider")));
                }
                config::Requirement::Optional(_) => {
                    let expected = "optional around any: one that is optional makes all of them so";
                    self.problems.add(&here, expected, "optional");
                }
                other => others.push(self.read(other, &here)),
            }
        }
        if list.is_empty() {
            self.problems.add(path, "at least one requirement", "[]");
        }
        if !group.is_empty() {
            others.insert(0, self.group(group));
        }
        match others.len() {
            1 => others.pop().unwrap_or(Requirement::Any(vec![])),
            _ => Requirement::Any(others),
        }
    }

    fn all(&mut self, list: &[config::Requirement], path: &Path<'_>) -> Requirement {
        if list.is_empty() {
            self.problems.add(path, "at least one requirement", "[]");
        }
        let all = list.iter().enumerate();
        Requirement::All(
            all.map(|(i, inner)| self.read(inner, &path.index(i)))
                .collect(),
        )
    }

    fn provider(&mut self, name: &str, path: &Path<'_>) -> Option<usize> {
        let place = self.config.providers.iter().position(|p| p.name == name);
        if place.is_none() {
            self.problems
                .add_text(path, "the name of one of providers", name);
        }
        place
    }

    fn group(&mut self, providers: Vec<usize>) -> Requirement {
        self.groups.push(providers);
        Requirement::Group(self.groups.len().saturating_sub(1))
    }
}
