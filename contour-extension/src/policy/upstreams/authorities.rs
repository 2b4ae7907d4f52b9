//! The certificates of authorities that an object holds.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// The certificates in a text of PEM, as PEM again: a key that stands beside them goes nowhere.
///
/// # Errors
/// There is none, or one of them is no certificate.
pub(super) fn certificates(pem: &[u8]) -> Result<String, String> {
    let mut text = String::new();
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|why| why.to_string())?;
        put(&mut text, &certificate);
        roots.add(certificate).map_err(|why| why.to_string())?;
    }
    match text.is_empty() {
        true => Err("there is no PEM certificate".to_owned()),
        false => Ok(text),
    }
}

/// RFC 7468, section 5.
fn put(text: &mut String, certificate: &CertificateDer<'_>) {
    text.push_str("-----BEGIN CERTIFICATE-----\n");
    // 48 bytes are 64 letters.
    for line in certificate.chunks(48) {
        text.push_str(&STANDARD.encode(line));
        text.push('\n');
    }
    text.push_str("-----END CERTIFICATE-----\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authority() -> (String, String) {
        let mut params = rcgen::CertificateParams::default();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    #[test]
    fn only_certificates_pass() {
        let ((one, key), (other, _)) = (authority(), authority());
        let text = format!("# the first\n{one}{key}{other}");
        let passed = certificates(text.as_bytes()).unwrap();
        let lines = |pem: &str| pem.replace("\r\n", "\n");
        assert_eq!(passed, lines(&(one + &other)));
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        let (one, key) = authority();
        let broken = format!("{one}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        for text in ["", "hello", &key, &broken, "-----BEGIN CERTIFICATE-----\n"] {
            assert!(certificates(text.as_bytes()).is_err(), "{text}");
        }
    }
}
