//! Opening and closing streams: which broker, with which credentials, and how long it may take.

use crate::authentication::{
    AuthenticationAnswer, AuthenticationFuture, AuthenticationQuestion, Authenticator, Credentials, SharedAuthenticator,
};
use crate::options::{CredentialsHandler, OpenHandler};
use crate::transport::{ConnectOptions, Stream, TransportError, connect};
use crate::url::BrokerUrl;
use core::future::Future;
use core::pin::Pin;
use core::time::Duration;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Opens streams to the brokers of one client.
pub(crate) struct Connector {
    brokers: Arc<[BrokerUrl]>,
    options: ConnectOptions,
    /// The application's own way to open a stream.
    open: Option<OpenHandler>,
    /// User name and password of the options; they take precedence over those in a URL.
    credentials: Credentials,
    provider: Option<Arc<Mutex<CredentialsHandler>>>,
    authenticator: Option<SharedAuthenticator>,
    /// Where the next attempt begins.
    next: usize,
}

/// A stream on its way.
pub(crate) type Opening = Pin<Box<dyn Future<Output = Opened> + Send>>;
/// A stream on its way out.
pub(crate) type Closing = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The Authentication Data that begins an exchange.
pub(crate) struct BeginAuthentication(pub(crate) Option<Vec<u8>>);

/// What came of an attempt.
pub(crate) struct Opened {
    /// The broker that is connected, or the last one that was tried.
    pub(crate) broker: BrokerUrl,
    index: usize,
    pub(crate) credentials: Credentials,
    /// What an authenticator begins with; `None`: there is none.
    pub(crate) authentication: Option<BeginAuthentication>,
    pub(crate) stream: Result<Stream, TransportError>,
}

impl Connector {
    /// There must be at least one broker.
    pub(crate) fn new(
        brokers: Vec<BrokerUrl>,
        options: ConnectOptions,
        open: Option<OpenHandler>,
        credentials: Credentials,
        provider: Option<CredentialsHandler>,
        authenticator: Option<Box<dyn Authenticator>>,
    ) -> Self {
        let provider = provider.map(|provider| Arc::new(Mutex::new(provider)));
        let authenticator = authenticator.map(|authenticator| Arc::new(Mutex::new(authenticator)));
        Self { brokers: brokers.into(), options, open, credentials, provider, authenticator, next: 0 }
    }

    pub(crate) fn has_authenticator(&self) -> bool {
        self.authenticator.is_some()
    }

    /// Asks the authenticator, if there is one.
    pub(crate) fn authentication(&self, question: AuthenticationQuestion) -> Option<AuthenticationFuture> {
        let authenticator = self.authenticator.clone()?;
        Some(Box::pin(question.ask(authenticator)))
    }

    /// Tries each broker once, beginning with the one that worked last.
    pub(crate) fn open(&self) -> Opening {
        let brokers = Arc::clone(&self.brokers);
        let options = self.options.clone();
        let open = self.open.clone();
        let provider = self.provider.clone();
        let credentials = self.credentials.clone();
        let authenticator = self.authenticator.clone();
        let first = self.next;
        Box::pin(async move {
            let mut offset = 0;
            loop {
                let index = (first + offset) % brokers.len();
                let broker = brokers[index].clone();
                let stream = match &open {
                    Some(open) => open_by(open, &broker, options.timeout).await,
                    None => connect(&broker, &options).await,
                };
                offset += 1;
                if stream.is_ok() || offset >= brokers.len() {
                    if stream.is_err() {
                        let credentials = Credentials::default();
                        return Opened { broker, index, credentials, authentication: None, stream };
                    }
                    let credentials = find_credentials(&broker, credentials, provider).await;
                    let authentication = match authenticator {
                        Some(authenticator) => Some(begin_authentication(authenticator).await),
                        None => None,
                    };
                    return Opened { broker, index, credentials, authentication, stream };
                }
            }
        })
    }

    /// The attempt succeeded or failed: where the next one begins.
    pub(crate) fn opened(&mut self, opened: &Opened) {
        self.next = opened.index;
    }

    /// The broker was reached but does not want this client: the next attempt begins with another one.
    pub(crate) fn refused(&mut self) {
        self.next = (self.next + 1) % self.brokers.len();
    }

    /// Writes the last bytes, says good-bye, and waits for the other side to close, so that nothing is lost to a reset.
    pub(crate) fn close(mut stream: Stream, last_bytes: Vec<u8>) -> Closing {
        Box::pin(async move {
            let write = async {
                stream.write_all(&last_bytes).await?;
                stream.flush().await
            };
            let Ok(Ok(())) = tokio::time::timeout(LAST_WRITE_TIMEOUT, write).await else { return };
            let good_bye = async {
                stream.shutdown().await?;
                let mut ignored = [0; 1024];
                while stream.read(&mut ignored).await? > 0 {}
                io::Result::Ok(())
            };
            // Whether the other side closes in time or not: the stream is dropped.
            let _ = tokio::time::timeout(GOOD_BYE_TIMEOUT, good_bye).await;
        })
    }
}

async fn open_by(open: &OpenHandler, broker: &BrokerUrl, timeout: Duration) -> Result<Stream, TransportError> {
    match tokio::time::timeout(timeout, open(broker.clone())).await {
        Ok(opened) => opened.map_err(|source| TransportError::Connect { peer: broker.authority(), source }),
        Err(_) => Err(TransportError::TimedOut { peer: broker.authority(), after: timeout }),
    }
}

async fn find_credentials(
    broker: &BrokerUrl,
    options: Credentials,
    provider: Option<Arc<Mutex<CredentialsHandler>>>,
) -> Credentials {
    if let Some(provider) = provider {
        let broker = broker.clone();
        let call = move || (provider.lock().unwrap_or_else(PoisonError::into_inner))(&broker);
        // When the provider panics, the broker is asked to let an anonymous client in, which it may refuse.
        return tokio::task::spawn_blocking(call).await.unwrap_or_default();
    }
    if options != Credentials::default() {
        return options;
    }
    Credentials {
        user_name: broker.user_name().map(str::to_owned),
        password: broker.password().map(|password| password.as_bytes().to_vec()),
    }
}

async fn begin_authentication(authenticator: SharedAuthenticator) -> BeginAuthentication {
    BeginAuthentication(match AuthenticationQuestion::Start.ask(authenticator).await {
        AuthenticationAnswer::Start(data) => data,
        AuthenticationAnswer::Respond(_) | AuthenticationAnswer::Finish(_) => None,
    })
}

/// For what is left to write when a connection ends in good order.
const LAST_WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// For the other side to close as well.
const GOOD_BYE_TIMEOUT: Duration = Duration::from_secs(1);
