//! Certificates, made anew for each test.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};

/// A certificate authority.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    /// One with a key of its own.
    pub fn new(name: &str) -> Self {
        let mut params = params([], name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        Self(CertifiedIssuer::self_signed(params, key()).expect("an authority"))
    }

    /// Its certificate: PEM, for those who trust it.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for the server `name` that is valid now.
    pub fn issue(&self, name: &str) -> Identity {
        self.sign(params([name.to_owned()], name))
    }

    /// A certificate that is valid now for a server with several names and addresses.
    pub fn issue_for(&self, names: &[&str]) -> Identity {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let first = names.first().expect("a name").clone();
        self.sign(params(names, &first))
    }

    /// One that was valid until the end of 2020.
    pub fn issue_expired(&self, name: &str) -> Identity {
        let mut params = params([name.to_owned()], name);
        params.not_after = date_time_ymd(2021, 1, 1);
        self.sign(params)
    }

    fn sign(&self, params: CertificateParams) -> Identity {
        let key = key();
        let certificate = params.signed_by(&key, &self.0).expect("a certificate");
        Identity {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        }
    }
}

/// A server's certificate and its private key, both PEM.
pub struct Identity {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

fn key() -> KeyPair {
    KeyPair::generate().expect("a key")
}

/// From 2020 on, for ever unless changed.
fn params(names: impl Into<Vec<String>>, common_name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(names).expect("names");
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    params.not_before = date_time_ymd(2020, 1, 1);
    params
}
