//! Both ways to check a signature: by Envoy's crypto, and inside the module where that is withheld.

use std::fs;

use hachure_e2e::Gateway;

use crate::corpus::corpus;
use crate::gate::{by_host, by_module, verdict};

/// Who checks signatures, as the filter says in Envoy's log.
fn checker(gateway: &Gateway) -> String {
    let log = fs::read_to_string(gateway.envoy().log()).unwrap();
    let (_, behind) = log.split_once("signatures are checked by ").unwrap();
    behind.lines().next().unwrap().to_owned()
}

#[test]
fn both_ways_say_the_same_of_every_token() {
    let (host, module) = (by_host(), by_module());
    assert_eq!([&host, &module].map(checker), ["the host", "the module"]);
    let mut different = vec![];
    let mut signatures = 0;
    for candidate in corpus() {
        let [by_host, by_module] =
            [&host, &module].map(|gateway| verdict(gateway, &candidate.request));
        if by_host != by_module {
            different.push(format!("{}: {by_host:?}, {by_module:?}", candidate.name));
        }
        signatures += usize::from(by_host.reason == "signature_invalid");
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
    assert!(signatures >= 5, "{signatures} signatures were wrong");
}
