//! A Contour's routes, objects and policies, and what becomes of the routes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hachure_contour_extension::attachment::{Action, Attachment, Target};
use hachure_contour_extension::objects::{Gateway, Listener, Name, Objects, Proxy};
use hachure_contour_extension::splice::{Filter, Owner, Position};
use hachure_contour_extension::surroundings::{Settings, Surroundings};
use hachure_contour_extension::wire::{any, fields, once, put, put_number, put_text, text};
use hachure_contour_extension::world::{Table, World, reroutes};
use hachure_contour_extension::xds::contour::Snapshot;
use hachure_exchange::Touched;

/// A domain and its routes.
type Host = (String, Vec<Vec<u8>>);

/// What the tests describe.
#[derive(Default)]
pub(crate) struct Scene {
    routes: BTreeMap<String, Vec<Host>>,
    objects: Objects,
    settings: Settings,
    policies: Vec<Attachment>,
}

/// `HTTPProxy shop/root`.
fn owner(text: &str) -> Owner {
    let (kind, name) = text.split_once(' ').unwrap();
    let (namespace, name) = name.split_once('/').unwrap();
    Owner {
        kind: kind.into(),
        namespace: namespace.into(),
        name: name.into(),
    }
}

/// The same, with the name of a listener behind `#`.
pub(crate) fn target(text: &str) -> Target {
    let (object, section) = match text.split_once('#') {
        Some((object, section)) => (object, Some(section.to_owned())),
        None => (text, None),
    };
    Target {
        owner: owner(object),
        section,
    }
}

/// `shop/root`.
fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn field(number: u32, content: &[u8]) -> Vec<u8> {
    let mut field = vec![];
    put(&mut field, number, content);
    field
}

fn entry(key: &str, value: &[u8]) -> Vec<u8> {
    [field(1, key.as_bytes()), field(2, value)].concat()
}

/// A route that forwards, or redirects where `>` stands before it. Behind the object it says for
/// which prefix it is, then which headers a request needs, and with `!` of which native filter it
/// wants something.
fn route(text: &str) -> Vec<u8> {
    let (redirects, text) = match text.strip_prefix('>') {
        Some(text) => (true, text),
        None => (false, text),
    };
    let mut words = text.split(' ');
    let object: Vec<_> = words.by_ref().take(2).collect();
    let owner = owner(&object.join(" "));
    let mut chosen = field(1, words.next().unwrap_or("/").as_bytes());
    let mut native = vec![];
    for word in words {
        match word.strip_prefix('!') {
            Some(filter) => native.extend(field(13, &entry(filter, b"config"))),
            None => chosen.extend(field(6, &field(1, word.as_bytes()))),
        }
    }
    let source = [
        ("kind", &owner.kind),
        ("namespace", &owner.namespace),
        ("name", &owner.name),
    ];
    let source = source.map(|(key, value)| {
        let key = format!("io.projectcontour.{key}");
        field(1, &entry(&key, &field(3, value.as_bytes())))
    });
    let metadata = field(1, &entry("envoy.access_loggers.file", &source.concat()));
    let action = if redirects { 3 } else { 2 };
    [
        field(1, &chosen),
        field(action, b"action"),
        field(4, &metadata),
        native,
    ]
    .concat()
}

/// The one filter of a policy.
pub(crate) fn filter(policy: &str) -> Filter {
    Filter {
        name: format!("hachure/{policy}/0/x"),
        position: Position::Last,
        message: policy.into(),
    }
}

impl Scene {
    /// An HTTPProxy, the root of a host or none.
    pub(crate) fn proxy(mut self, text: &str, host: Option<&str>) -> Self {
        let proxy = Proxy {
            host: host.map(Into::into),
            routes: true,
            ..Proxy::default()
        };
        Arc::make_mut(&mut self.objects.proxies).insert(name(text), Arc::new(proxy));
        self
    }

    pub(crate) fn without_proxy(mut self, text: &str) -> Self {
        Arc::make_mut(&mut self.objects.proxies).remove(&name(text));
        self
    }

    /// A Gateway, and that it is this Contour's.
    pub(crate) fn gateway(mut self, text: &str, listeners: &[(&str, u16, Option<&str>)]) -> Self {
        let listeners = listeners.iter().map(|(name, port, host)| {
            let listener = Listener {
                port: *port,
                protocol: "HTTP".into(),
                host: host.map(Into::into),
            };
            ((*name).to_owned(), listener)
        });
        let gateway = Gateway {
            listeners: listeners.collect(),
            ..Gateway::default()
        };
        Arc::make_mut(&mut self.objects.gateways).insert(name(text), Arc::new(gateway));
        self.settings.gateway = Some(name(text));
        self
    }

    /// A virtual host, with one route of each object, and a redirect where `>` stands before it.
    pub(crate) fn host(mut self, config: &str, domain: &str, owners: &[&str]) -> Self {
        let routes = owners.iter().map(|text| route(text));
        let hosts = self.routes.entry(config.to_owned()).or_default();
        hosts.push((domain.to_owned(), routes.collect()));
        self
    }

    /// A policy with one filter, later than those before it.
    pub(crate) fn policy(self, name: &str, targets: &[&str]) -> Self {
        self.with(name, targets, |_| ())
    }

    pub(crate) fn with(
        mut self,
        name: &str,
        targets: &[&str],
        change: impl Fn(&mut Attachment),
    ) -> Self {
        let filter = filter(name);
        let mut policy = Attachment {
            policy: name.to_owned(),
            generation: 1,
            targets: targets.iter().map(|text| target(text)).collect(),
            selects: BTreeSet::new(),
            enforced: false,
            redirects: false,
            action: Action::Filter([(filter, Touched::nothing())].into_iter().collect()),
        };
        change(&mut policy);
        self.policies.push(policy);
        self
    }

    pub(crate) fn without_policies(mut self) -> Self {
        self.policies.clear();
        self
    }

    fn configs(&self) -> Snapshot {
        let configs = self.routes.iter().map(|(name, hosts)| {
            let mut config = vec![];
            put_text(&mut config, 1, name);
            for (domain, routes) in hosts {
                let mut host = field(2, domain.as_bytes());
                routes.iter().for_each(|route| put(&mut host, 3, route));
                put(&mut config, 2, &host);
            }
            (name.clone(), config.into())
        });
        Snapshot {
            version: "1".into(),
            resources: configs.collect(),
        }
    }

    /// One listener, with a connection manager for each route configuration.
    fn listeners(&self) -> Snapshot {
        let chains = self.routes.keys().map(|name| {
            let kind = "type.googleapis.com/envoy.extensions.filters";
            let router = any(&format!("{kind}.http.router.v3.Router"), b"");
            let manager = [
                field(3, &field(2, name.as_bytes())),
                field(5, &field(4, &router)),
            ];
            let url = format!("{kind}.network.http_connection_manager.v3.HttpConnectionManager");
            field(3, &field(3, &field(4, &any(&url, &manager.concat()))))
        });
        let mut listener = field(1, b"listener");
        chains.for_each(|chain| listener.extend(chain));
        put_number(&mut listener, 99, 1);
        Snapshot {
            version: "1".into(),
            resources: [("listener".to_owned(), listener.into())].into(),
        }
    }

    fn surroundings(&self) -> Surroundings {
        Surroundings {
            objects: Arc::new(self.objects.clone()),
            settings: Arc::new(Settings {
                gateway: self.settings.gateway.clone(),
                ..Settings::default()
            }),
            ..Surroundings::default()
        }
    }

    /// The policies that could lead past others, and how.
    pub(crate) fn reroutes(&self) -> Vec<String> {
        let table = Table::read(&self.configs(), None).unwrap();
        let found = reroutes(&table, &self.policies, &self.surroundings(), None).unwrap();
        let found = found.iter().map(|(policy, why)| format!("{policy}: {why}"));
        found.collect()
    }

    pub(crate) fn world(&self, before: Option<&World>) -> World {
        let surroundings = self.surroundings();
        let table = Table::read(&self.configs(), None).unwrap();
        let listeners = self.listeners();
        World::new(&listeners, &table, &self.policies, &surroundings, before).unwrap()
    }

    /// What becomes of the routes, each told as `domain: policies`.
    pub(crate) fn filtered(&self) -> Vec<String> {
        self.filtered_after(None)
    }

    pub(crate) fn filtered_after(&self, before: Option<&World>) -> Vec<String> {
        let world = self.world(before);
        let names = self.routes.keys();
        names.flat_map(|name| told(&world, name)).collect()
    }
}

/// The routes of one configuration as new connections have them.
pub(crate) fn told(world: &World, name: &str) -> Vec<String> {
    let served = world.routes(world.current(name)).unwrap();
    assert!(!served.lacks);
    let mut told = vec![];
    for host in all(&served.bytes, 2) {
        let domain = text(&host, 2).unwrap();
        for route in all(&host, 3) {
            let switched = all(&route, 13).into_iter().map(|entry| {
                let filter = text(&entry, 1).unwrap();
                let policy = filter.strip_prefix("hachure/shop/").unwrap();
                policy.strip_suffix("/0/x").unwrap().to_owned()
            });
            let what = match once(&route, 7).unwrap() {
                Some(_) => "closed".to_owned(),
                None => switched.collect::<Vec<_>>().join("+"),
            };
            told.push(format!("{domain}: {what}"));
        }
    }
    told
}

/// The filters that new connections have, in their order.
pub(crate) fn chain(world: &World) -> Vec<String> {
    let mut names = vec![];
    for bytes in world.listeners() {
        let text = String::from_utf8_lossy(bytes);
        for (at, _) in text.match_indices("shop/") {
            let rest = text.get(at + 5..).unwrap();
            names.push(rest.chars().take(1).collect());
        }
    }
    names
}

fn all(message: &[u8], number: u32) -> Vec<Vec<u8>> {
    let all = fields(message).map(Result::unwrap);
    let all = all.filter(|field| field.number == number);
    all.map(|field| field.bytes().unwrap().to_vec()).collect()
}
