//! TLS by rustls, for both ends.

use super::{ConnectOptions, TlsConfigurationError, TransportError};
use crate::url::BrokerUrl;
use core::fmt;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::server::WebPkiClientVerifier;
use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, ServerConfig, SignatureScheme, SupportedProtocolVersion,
};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector, TlsStream};

/// PEM data: a file, read when the configuration is built, or the bytes themselves.
#[derive(Clone, PartialEq, Eq)]
pub enum Pem {
    /// The path of a file.
    File(PathBuf),
    /// The contents.
    Bytes(Vec<u8>),
}

/// A version of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TlsVersion {
    /// TLS 1.2.
    V1_2,
    /// TLS 1.3.
    V1_3,
}

/// How a client uses TLS.
///
/// The default trusts what the operating system trusts and shows no certificate.
#[derive(Debug, Clone, Default)]
pub struct TlsOptions {
    ca: Option<Pem>,
    certificate: Option<(Pem, Pem)>,
    alpn: Vec<Vec<u8>>,
    version: Option<TlsVersion>,
    server_name: Option<String>,
    dangerous_insecure: bool,
}

/// How a server uses TLS.
#[derive(Debug, Clone)]
pub struct TlsServerOptions {
    certificate: Pem,
    key: Pem,
    client_ca: Option<Pem>,
    client_certificate_required: bool,
    alpn: Vec<Vec<u8>>,
}

impl TlsOptions {
    /// Trusts what the operating system trusts and shows no certificate.
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts these CA certificates (PEM) and no others.
    #[must_use]
    pub fn set_ca(mut self, ca: impl Into<Pem>) -> Self {
        self.ca = Some(ca.into());
        self
    }

    /// Shows this certificate chain (PEM, own certificate first) with this private key (PEM) to the server.
    #[must_use]
    pub fn set_client_certificate(mut self, certificate: impl Into<Pem>, key: impl Into<Pem>) -> Self {
        self.certificate = Some((certificate.into(), key.into()));
        self
    }

    /// Offers these protocols by ALPN, for example `mqtt`.
    #[must_use]
    pub fn set_alpn(mut self, protocols: impl IntoIterator<Item = impl Into<Vec<u8>>>) -> Self {
        self.alpn = protocols.into_iter().map(Into::into).collect();
        self
    }

    /// Speaks this version of TLS only; by default 1.3, or 1.2 with a server that knows no better.
    #[must_use]
    pub fn set_version(mut self, version: TlsVersion) -> Self {
        self.version = Some(version);
        self
    }

    /// The name that the server's certificate must carry, when it is not the host of the URL.
    #[must_use]
    pub fn set_server_name(mut self, name: impl Into<String>) -> Self {
        self.server_name = Some(name.into());
        self
    }

    /// **Dangerous**: accepts any certificate from the server, so that anybody in between can read and change
    /// everything. For experiments only; [`TlsOptions::set_ca`] is what a self-signed certificate needs.
    #[must_use]
    pub fn set_dangerous_insecure(mut self, insecure: bool) -> Self {
        self.dangerous_insecure = insecure;
        self
    }

    /// The name set by [`TlsOptions::set_server_name`].
    pub fn server_name(&self) -> Option<&str> {
        self.server_name.as_deref()
    }
}

impl TlsServerOptions {
    /// Shows this certificate chain (PEM, own certificate first) with this private key (PEM).
    pub fn new(certificate: impl Into<Pem>, key: impl Into<Pem>) -> Self {
        Self {
            certificate: certificate.into(),
            key: key.into(),
            client_ca: None,
            client_certificate_required: false,
            alpn: Vec::new(),
        }
    }

    /// Asks clients for a certificate that one of these CAs (PEM) has signed; without one, a client is let in only
    /// when `required` is false.
    #[must_use]
    pub fn set_client_ca(mut self, ca: impl Into<Pem>, required: bool) -> Self {
        self.client_ca = Some(ca.into());
        self.client_certificate_required = required;
        self
    }

    /// Accepts these protocols by ALPN. A client that offers none of them is refused, one without ALPN is not.
    #[must_use]
    pub fn set_alpn(mut self, protocols: impl IntoIterator<Item = impl Into<Vec<u8>>>) -> Self {
        self.alpn = protocols.into_iter().map(Into::into).collect();
        self
    }
}

/// Reads files and builds what rustls needs on the client's side.
///
/// # Errors
/// A file cannot be read, holds no PEM of the right kind, or the key does not belong to the certificate.
pub fn client_config(options: &TlsOptions) -> Result<Arc<ClientConfig>, TlsConfigurationError> {
    let provider = Arc::new(ring::default_provider());
    let versions: &[&SupportedProtocolVersion] = match options.version {
        None => rustls::DEFAULT_VERSIONS,
        Some(TlsVersion::V1_2) => &[&rustls::version::TLS12],
        Some(TlsVersion::V1_3) => &[&rustls::version::TLS13],
    };
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(versions)
        .map_err(TlsConfigurationError::Rustls)?;
    let builder = if options.dangerous_insecure {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(NoVerification { provider }))
    } else {
        builder.with_root_certificates(match &options.ca {
            Some(pem) => roots(pem)?,
            None => system_roots()?,
        })
    };
    let mut config = match &options.certificate {
        Some((chain, key)) => builder
            .with_client_auth_cert(certificates(chain)?, private_key(key)?)
            .map_err(TlsConfigurationError::Rustls)?,
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols.clone_from(&options.alpn);
    Ok(Arc::new(config))
}

/// Reads files and builds what [`accept_tls`] needs.
///
/// # Errors
/// A file cannot be read, holds no PEM of the right kind, or the key does not belong to the certificate.
pub fn server_config(options: &TlsServerOptions) -> Result<TlsAcceptor, TlsConfigurationError> {
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(TlsConfigurationError::Rustls)?;
    let builder = match &options.client_ca {
        Some(ca) => {
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots(ca)?), provider);
            let verifier =
                if options.client_certificate_required { verifier } else { verifier.allow_unauthenticated() };
            builder.with_client_cert_verifier(verifier.build().map_err(|_| TlsConfigurationError::ClientVerifier)?)
        }
        None => builder.with_no_client_auth(),
    };
    let mut config = builder
        .with_single_cert(certificates(&options.certificate)?, private_key(&options.key)?)
        .map_err(TlsConfigurationError::Rustls)?;
    config.alpn_protocols.clone_from(&options.alpn);
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// The server's side of the handshake. The caller limits the time that it may take.
///
/// # Errors
/// The peer is not who it should be, does not speak TLS, or went away.
pub async fn accept_tls(stream: TcpStream, acceptor: &TlsAcceptor) -> Result<TlsStream<TcpStream>, TransportError> {
    let peer = stream.peer_addr().map_or_else(|_| "client".to_owned(), |address| address.to_string());
    match acceptor.accept(stream).await {
        Ok(stream) => Ok(TlsStream::Server(stream)),
        Err(source) => Err(TransportError::Tls { peer, source }),
    }
}

/// The client's side. `alpn` is offered unless the configuration names protocols itself.
pub(super) async fn connect(
    stream: TcpStream,
    url: &BrokerUrl,
    options: &ConnectOptions,
    alpn: &[&[u8]],
) -> Result<TlsStream<TcpStream>, TransportError> {
    let mut config = match &options.tls {
        Some(config) => Arc::clone(config),
        None => client_config(&TlsOptions::default())?,
    };
    if config.alpn_protocols.is_empty() && !alpn.is_empty() {
        Arc::make_mut(&mut config).alpn_protocols = alpn.iter().map(|protocol| protocol.to_vec()).collect();
    }
    let name = options.server_name.as_deref().unwrap_or(url.host());
    let name = ServerName::try_from(name.to_owned()).map_err(|_| TlsConfigurationError::ServerName(name.to_owned()))?;
    match TlsConnector::from(config).connect(name, stream).await {
        Ok(stream) => Ok(TlsStream::Client(stream)),
        Err(source) => Err(TransportError::Tls { peer: url.authority(), source }),
    }
}

impl Pem {
    fn read(&self) -> Result<Vec<u8>, TlsConfigurationError> {
        match self {
            Self::Bytes(bytes) => Ok(bytes.clone()),
            Self::File(path) => {
                std::fs::read(path).map_err(|source| TlsConfigurationError::ReadFile { path: path.clone(), source })
            }
        }
    }
}

impl From<&Path> for Pem {
    fn from(path: &Path) -> Self {
        Self::File(path.to_owned())
    }
}

impl From<PathBuf> for Pem {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

/// The path of a file.
impl From<&str> for Pem {
    fn from(path: &str) -> Self {
        Self::File(path.into())
    }
}

/// The contents.
impl From<Vec<u8>> for Pem {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

/// Never shows contents: they may be a private key.
impl fmt::Debug for Pem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "Pem::File({})", path.display()),
            Self::Bytes(bytes) => write!(f, "Pem::Bytes({} bytes)", bytes.len()),
        }
    }
}

fn certificates(pem: &Pem) -> Result<Vec<CertificateDer<'static>>, TlsConfigurationError> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem.read()?).collect();
    chain.ok().filter(|chain| !chain.is_empty()).ok_or(TlsConfigurationError::Certificate)
}

fn private_key(pem: &Pem) -> Result<PrivateKeyDer<'static>, TlsConfigurationError> {
    PrivateKeyDer::from_pem_slice(&pem.read()?).map_err(|_| TlsConfigurationError::PrivateKey)
}

fn roots(pem: &Pem) -> Result<RootCertStore, TlsConfigurationError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(pem)? {
        roots.add(certificate).map_err(TlsConfigurationError::Rustls)?;
    }
    Ok(roots)
}

fn system_roots() -> Result<RootCertStore, TlsConfigurationError> {
    let mut roots = RootCertStore::empty();
    let (added, _ignored) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if added == 0 { Err(TlsConfigurationError::SystemRoots) } else { Ok(roots) }
}

/// Accepts every certificate; the signatures of the handshake are still checked.
#[derive(Debug)]
struct NoVerification {
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for NoVerification {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
