//! `HttpConnectionManager{http_filters=5, rds=3{route_config_name=2}}`.

use hachure_catalog::Position;

use crate::splice::Refused;
use crate::types;
use crate::wire::{self, Edit, Malformed};

const RDS: u32 = 3;
const ROUTE_CONFIG_NAME: u32 = 2;
const HTTP_FILTERS: u32 = 5;
/// `HttpFilter{typed_config=4}`, an `Any{type_url=1}`.
const TYPED_CONFIG: u32 = 4;
const TYPE_URL: u32 = 1;

/// A filter of a [`Chain`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// Its name, by which routes switch it on.
    pub name: String,
    /// Its place.
    pub position: Position,
    /// `envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter`.
    pub message: Vec<u8>,
}

/// What is put into a connection manager: filters in their order within a position, and the name
/// by which it then asks for its routes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// The name of the route configuration that goes with these filters.
    pub route_config_name: String,
    /// The filters.
    pub filters: Vec<Filter>,
}

/// The name by which a connection manager asks for its routes; none where it has them inline.
pub(crate) fn route_config_name(manager: &[u8]) -> Result<Option<&str>, Malformed> {
    let Some(rds) = wire::once(manager, RDS)? else {
        return Ok(None);
    };
    let name = wire::text(rds, ROUTE_CONFIG_NAME)?;
    Ok(Some(name).filter(|name| !name.is_empty()))
}

/// The connection manager with a chain in it.
pub(crate) fn insert(manager: &[u8], chain: &Chain) -> Result<Vec<u8>, Refused> {
    let places = Places::of(manager)?;
    let mut index = 0_usize;
    let changed = wire::edit::<Refused>(manager, |field| match field.number {
        RDS => {
            let rds = wire::edit::<Malformed>(field.bytes()?, |field| {
                Ok(match field.number {
                    ROUTE_CONFIG_NAME => Edit::Replace(chain.route_config_name.as_bytes().to_vec()),
                    _ => Edit::Keep,
                })
            })?;
            Ok(rds.map_or(Edit::Keep, Edit::Replace))
        }
        HTTP_FILTERS => {
            let filters = places.filters_at(index, chain);
            index = index.saturating_add(1);
            match filters.is_empty() {
                true => Ok(Edit::Keep),
                false => Ok(Edit::Before(filters)),
            }
        }
        _ => Ok(Edit::Keep),
    })?;
    Ok(changed.unwrap_or_else(|| manager.to_vec()))
}

/// The indices of the filters before which a position is: `First` is behind Contour's check for
/// misdirected requests, and `BeforeAuth` where the first filter that authenticates or asks a rate
/// limit service is, or would be.
struct Places {
    first: usize,
    before_auth: usize,
    router: usize,
}

impl Places {
    fn of(manager: &[u8]) -> Result<Self, Refused> {
        let mut types = vec![];
        for field in wire::fields(manager) {
            let field = field?;
            if field.number == HTTP_FILTERS {
                let config = wire::once(field.bytes()?, TYPED_CONFIG)?.unwrap_or_default();
                types.push(wire::text(config, TYPE_URL)?);
            }
        }
        let router = types.iter().position(|found| *found == types::ROUTER);
        let Some(router) = router.filter(|at| at.saturating_add(1) == types.len()) else {
            let name = route_config_name(manager)?.unwrap_or_default();
            return Err(Refused::Router(name.to_owned()));
        };
        // Only behind TLS, and there the first of all.
        let first = usize::from(types.first() == Some(&types::LUA));
        let auth = [types::JWT_AUTHN, types::EXT_AUTHZ, types::RATE_LIMIT];
        let auth = types.iter().position(|found| auth.contains(found));
        Ok(Self {
            first,
            before_auth: auth.unwrap_or(router),
            router,
        })
    }

    /// The fields of the filters that stand before the one with that index.
    fn filters_at(&self, index: usize, chain: &Chain) -> Vec<u8> {
        let mut fields = vec![];
        for position in [Position::First, Position::BeforeAuth, Position::Last] {
            let place = match position {
                Position::First => self.first,
                Position::BeforeAuth => self.before_auth,
                Position::Last => self.router,
            };
            if place == index {
                let filters = chain.filters.iter();
                for filter in filters.filter(|filter| filter.position == position) {
                    wire::put(&mut fields, HTTP_FILTERS, &filter.message);
                }
            }
        }
        fields
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn http_filter(name: &str, type_url: &str) -> Vec<u8> {
        let mut filter = vec![];
        wire::put_text(&mut filter, 1, name);
        wire::put(&mut filter, TYPED_CONFIG, &wire::any(type_url, b""));
        filter
    }

    fn manager(filters: &[&str]) -> Vec<u8> {
        let mut rds = vec![];
        wire::put(&mut rds, 1, b"source");
        wire::put_text(&mut rds, ROUTE_CONFIG_NAME, "ingress_http");
        let mut manager = vec![];
        wire::put_text(&mut manager, 2, "stat");
        wire::put(&mut manager, RDS, &rds);
        for type_url in filters {
            let filter = http_filter("x", type_url);
            wire::put(&mut manager, HTTP_FILTERS, &filter);
        }
        wire::put_number(&mut manager, 99, 7);
        manager
    }

    fn chain(positions: &[(&str, Position)]) -> Chain {
        let filter = |(name, position): &(&str, Position)| Filter {
            name: (*name).to_owned(),
            position: *position,
            message: http_filter(name, types::WASM),
        };
        Chain {
            route_config_name: "ingress_http~1".into(),
            filters: positions.iter().map(filter).collect(),
        }
    }

    /// Ours by name, Contour's by the last part of their type.
    fn order(manager: &[u8]) -> Vec<String> {
        let filters = wire::fields(manager).map(Result::unwrap);
        let filters = filters.filter(|field| field.number == HTTP_FILTERS);
        let names = filters.map(|field| {
            let filter = field.bytes().unwrap();
            let config = wire::once(filter, TYPED_CONFIG).unwrap().unwrap();
            let of_type = wire::text(config, TYPE_URL).unwrap();
            match of_type == types::WASM {
                true => wire::text(filter, 1).unwrap().to_owned(),
                false => of_type.rsplit('.').next().unwrap().to_owned(),
            }
        });
        names.collect()
    }

    #[test]
    fn positions_in_the_manager_of_a_tls_host() {
        let other = "type.googleapis.com/other.Cors";
        let before = manager(&[
            types::LUA,
            other,
            types::LUA,
            types::JWT_AUTHN,
            types::ROUTER,
        ]);
        let chain = chain(&[
            ("a", Position::Last),
            ("b", Position::First),
            ("c", Position::BeforeAuth),
            ("d", Position::First),
        ]);
        let after = insert(&before, &chain).unwrap();
        let expected = [
            "Lua",
            "b",
            "d",
            "Cors",
            "Lua",
            "c",
            "JwtAuthentication",
            "a",
            "Router",
        ];
        assert_eq!(order(&after), expected);
        assert_eq!(route_config_name(&after), Ok(Some("ingress_http~1")));
        assert_eq!(wire::once(&after, 2), Ok(Some(&b"stat"[..])));
    }

    #[test]
    fn positions_where_nothing_authenticates() {
        let before = manager(&["type.googleapis.com/other.Cors", types::ROUTER]);
        let chain = chain(&[
            ("a", Position::Last),
            ("b", Position::BeforeAuth),
            ("c", Position::First),
        ]);
        let after = insert(&before, &chain).unwrap();
        assert_eq!(order(&after), ["c", "Cors", "b", "a", "Router"]);
    }

    #[test]
    fn a_manager_without_one_router_at_its_end_is_refused() {
        let chain = chain(&[("a", Position::Last)]);
        for filters in [
            &[][..],
            &[types::LUA],
            &[types::ROUTER, types::LUA],
            &[types::ROUTER, types::ROUTER],
        ] {
            let refused = insert(&manager(filters), &chain);
            assert_eq!(refused, Err(Refused::Router("ingress_http".into())));
        }
    }
}
