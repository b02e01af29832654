//! Certificates for one test, made when it runs.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair,
};
use std::path::PathBuf;
use tempfile::TempDir;

/// A folder with the certificates of an authority, a server and a client, and one of a client that nobody vouches for.
pub struct Certificates {
    folder: TempDir,
}

impl Certificates {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let certificates = Self { folder };
        let authority = certificates.authority("authority");
        certificates.leaf("server", &authority, ExtendedKeyUsagePurpose::ServerAuth);
        certificates.leaf("client", &authority, ExtendedKeyUsagePurpose::ClientAuth);
        let stranger = certificates.authority("strange-authority");
        certificates.leaf("stranger", &stranger, ExtendedKeyUsagePurpose::ClientAuth);
        certificates
    }

    pub fn certificate(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.pem"))
    }

    pub fn key(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.key"))
    }

    fn authority(&self, name: &str) -> CertifiedIssuer<'static, KeyPair> {
        let mut params = named(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        std::fs::write(self.certificate(name), authority.pem()).unwrap();
        authority
    }

    fn leaf(&self, name: &str, authority: &CertifiedIssuer<'static, KeyPair>, usage: ExtendedKeyUsagePurpose) {
        let mut params = named(name);
        params.extended_key_usages = vec![usage];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, authority).unwrap();
        std::fs::write(self.certificate(name), certificate.pem()).unwrap();
        std::fs::write(self.key(name), key.serialize_pem()).unwrap();
    }
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}
