#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]
use hachure_e2e::{http1::Connection, Upstream};
use hachure_envoy::Protocol;
#[test]
fn zz() {
    let upstream = Upstream::start(Protocol::Http1);
    let a = format!("127.0.0.1:{}", upstream.port()).parse().unwrap();
    let mut c = Connection::open(a, b"CONNECT a:443 HTTP/1.1\r\nhost: a:443\r\n\r\n").unwrap();
    println!("{:?}", c.receive("CONNECT"));
    println!("{:?}", upstream.take());
}
