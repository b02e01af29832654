//! How a client behaves.

use crate::authentication::{Authenticator, Credentials};
use crate::client::Client;
use crate::error::Error;
use crate::event::{Connected, Disconnected};
use crate::message::Message;
use crate::publication::Publication;
use crate::transport::{ConnectOptions, Stream, TlsOptions, client_config};
use crate::url::{BrokerUrl, UrlError};
use bytes::Bytes;
use core::fmt;
use core::future::Future;
use core::net::IpAddr;
use core::pin::Pin;
use core::time::Duration;
use polymqtt_core::client::{self as core_client, Acknowledgement, Authentication, QueueOptions, Reconnect, Will};
use polymqtt_core::codec::{ProtocolVersion, QoS};
use std::io;
use std::sync::Arc;

/// How a [`Client`] behaves: whom it connects to, as whom, and what it does when something goes wrong.
///
/// ```
/// use core::time::Duration;
/// use polymqtt::ClientOptions;
///
/// let options = ClientOptions::new()
///     .add_broker("mqtt://localhost:1883")
///     .set_client_id("thermometer")
///     .set_keep_alive(Duration::from_secs(30))
///     .set_connection_lost_handler(|_client, lost| eprintln!("{lost}"));
/// # let _ = options;
/// ```
///
/// A value that cannot be used, such as a wrong URL, is told by [`Client::new`].
pub struct ClientOptions {
    pub(crate) core: core_client::ClientOptions,
    pub(crate) brokers: Vec<BrokerUrl>,
    pub(crate) url_error: Option<UrlError>,
    pub(crate) will: Option<(Publication, Duration)>,
    pub(crate) connect: ConnectOptions,
    pub(crate) tls: TlsOptions,
    pub(crate) connect_retry: bool,
    pub(crate) auto_reconnect: bool,
    pub(crate) reconnect: Reconnect,
    pub(crate) manual_acknowledgement: bool,
    pub(crate) queue_messages_max: usize,
    pub(crate) queue_bytes_max: usize,
    pub(crate) handlers: Handlers,
}

/// What the application wants to be called for.
#[derive(Default)]
pub(crate) struct Handlers {
    pub(crate) open: Option<OpenHandler>,
    pub(crate) credentials: Option<CredentialsHandler>,
    pub(crate) authenticator: Option<Box<dyn Authenticator>>,
    pub(crate) message: Option<MessageHandler>,
    pub(crate) connected: Option<ConnectedHandler>,
    pub(crate) disconnected: Option<DisconnectedHandler>,
}

pub(crate) type OpenHandler =
    Arc<dyn Fn(BrokerUrl) -> Pin<Box<dyn Future<Output = io::Result<Stream>> + Send>> + Send + Sync>;
pub(crate) type CredentialsHandler = Box<dyn FnMut(&BrokerUrl) -> Credentials + Send>;
pub(crate) type MessageHandler = Box<dyn FnMut(&Client, Message) + Send>;
pub(crate) type ConnectedHandler = Box<dyn FnMut(&Client, &Connected) + Send>;
pub(crate) type DisconnectedHandler = Box<dyn FnMut(&Client, &Disconnected) + Send>;

impl ClientOptions {
    /// MQTT 5.0, a Client Identifier chosen by the broker, Clean Start, a Keep Alive of 60 s, and no broker yet.
    pub fn new() -> Self {
        Self {
            core: core_client::ClientOptions {
                maximum_packet_size_bytes: PACKET_SIZE_BYTES_MAX,
                ..core_client::ClientOptions::default()
            },
            brokers: Vec::new(),
            url_error: None,
            will: None,
            connect: ConnectOptions::default(),
            tls: TlsOptions::default(),
            connect_retry: false,
            auto_reconnect: true,
            reconnect: Reconnect::default(),
            manual_acknowledgement: false,
            queue_messages_max: QUEUE_MESSAGES_MAX,
            queue_bytes_max: QUEUE_BYTES_MAX,
            handlers: Handlers::default(),
        }
    }

    /// A broker to connect to, by its URL; see [`BrokerUrl`] for the schemes. With several, they are tried in the order
    /// in which they were added, beginning with the one that worked last.
    #[must_use]
    pub fn add_broker(mut self, url: &str) -> Self {
        match url.parse() {
            Ok(url) => self.brokers.push(url),
            Err(error) => {
                self.url_error.get_or_insert(error);
            }
        }
        self
    }

    /// The Client Identifier. Empty, the default: the broker chooses one.
    #[must_use]
    pub fn set_client_id(mut self, client_id: impl Into<String>) -> Self {
        self.core.client_identifier = client_id.into();
        self
    }

    /// The user name; takes precedence over the one in the URL.
    #[must_use]
    pub fn set_username(mut self, user_name: impl Into<String>) -> Self {
        self.core.user_name = Some(user_name.into());
        self
    }

    /// The password; takes precedence over the one in the URL.
    #[must_use]
    pub fn set_password(mut self, password: impl Into<Vec<u8>>) -> Self {
        self.core.password = Some(password.into());
        self
    }

    /// Asks for user name and password before each attempt to connect, for example to renew a token. It is called on a
    /// thread where it may block.
    #[must_use]
    pub fn set_credentials_provider(
        mut self,
        provider: impl FnMut(&BrokerUrl) -> Credentials + Send + 'static,
    ) -> Self {
        self.handlers.credentials = Some(Box::new(provider));
        self
    }

    /// Enhanced authentication (5.0, 4.12).
    #[must_use]
    pub fn set_authenticator(mut self, authenticator: impl Authenticator + 'static) -> Self {
        self.handlers.authenticator = Some(Box::new(authenticator));
        self
    }

    /// Whether the first connection begins with a new Session. `true`. Reconnects always resume.
    #[must_use]
    pub fn set_clean_start(mut self, clean_start: bool) -> Self {
        self.core.clean_start = clean_start;
        self
    }

    /// The name of [`ClientOptions::set_clean_start`] in MQTT 3.1.1, where `false` also makes the Session outlive the
    /// connection. So that it means the same in 5.0, `false` there sets a Session Expiry Interval that never ends.
    #[must_use]
    pub fn set_clean_session(mut self, clean_session: bool) -> Self {
        self.core.clean_start = clean_session;
        self.core.session_expiry_interval_s = if clean_session { 0 } else { u32::MAX };
        self
    }

    /// How long the Session outlives the connection, in whole seconds (5.0). 0.
    #[must_use]
    pub fn set_session_expiry(mut self, expiry: Duration) -> Self {
        self.core.session_expiry_interval_s = u32::try_from(expiry.as_secs()).unwrap_or(u32::MAX);
        self
    }

    /// After how long without a packet a ping is sent, in whole seconds up to 65,535. 60 s; zero turns it off.
    #[must_use]
    pub fn set_keep_alive(mut self, keep_alive: Duration) -> Self {
        self.core.keep_alive_s = u16::try_from(keep_alive.as_secs()).unwrap_or(u16::MAX);
        self
    }

    /// The Will Message: what the broker publishes when this client disappears.
    #[must_use]
    pub fn set_will(self, topic: impl Into<String>, payload: impl Into<Bytes>, qos: QoS, retained: bool) -> Self {
        self.set_will_publication(
            Publication::new(topic, payload).with_qos(qos).with_retained(retained),
            Duration::ZERO,
        )
    }

    /// The Will Message with properties, and how long the broker waits for this client to come back before it
    /// publishes it, in whole seconds (5.0).
    #[must_use]
    pub fn set_will_publication(mut self, will: Publication, delay: Duration) -> Self {
        self.will = Some((will, delay));
        self
    }

    /// MQTT 5.0 unless set.
    #[must_use]
    pub fn set_protocol_version(mut self, version: ProtocolVersion) -> Self {
        self.core.protocol_version = version;
        self
    }

    /// Certificates and names for `mqtts://` and `wss://`.
    #[must_use]
    pub fn set_tls(mut self, tls: TlsOptions) -> Self {
        self.tls = tls;
        self
    }

    /// One more header of the HTTP request that opens a WebSocket, for example `Authorization`.
    #[must_use]
    pub fn add_http_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.connect.websocket.headers.push((name.into(), value.into()));
        self
    }

    /// Connects from this address of the machine; by default the system chooses.
    #[must_use]
    pub fn set_local_address(mut self, address: IpAddr) -> Self {
        self.connect.local_address = Some(address);
        self
    }

    /// Opens the streams to brokers in your own way, for example through a proxy, or in memory:
    ///
    /// ```
    /// use polymqtt::{Client, ClientOptions, transport::Stream};
    /// use std::sync::Arc;
    ///
    /// let broker = Arc::new(polymqtt_broker::Broker::builder().start()?);
    /// let options = ClientOptions::new().add_broker("mqtt://memory").set_open_connection(move |_url| {
    ///     let broker = Arc::clone(&broker);
    ///     async move { Ok(Stream::custom(broker.connect_in_memory())) }
    /// });
    /// let client = Client::new(options)?;
    /// client.connect().wait()?;
    /// # client.disconnect().wait()?;
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn set_open_connection<F>(mut self, open: impl Fn(BrokerUrl) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = io::Result<Stream>> + Send + 'static,
    {
        self.handlers.open = Some(Arc::new(move |url| Box::pin(open(url))));
        self
    }

    /// How long opening a connection and its CONNACK may each take. 30 s.
    #[must_use]
    pub fn set_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect.timeout = timeout;
        self
    }

    /// Whether a connection that was lost is opened again. `true`.
    #[must_use]
    pub fn set_auto_reconnect(mut self, auto_reconnect: bool) -> Self {
        self.auto_reconnect = auto_reconnect;
        self
    }

    /// Whether the first connection is also tried again until it succeeds. `false`: the token of
    /// [`Client::connect`] fails with the first attempt (which tries each broker once).
    #[must_use]
    pub fn set_connect_retry(mut self, connect_retry: bool) -> Self {
        self.connect_retry = connect_retry;
        self
    }

    /// How long to wait between attempts, doubled each time with jitter, and after how many to give up. 1 s to 60 s,
    /// without end.
    #[must_use]
    pub fn set_reconnect_policy(mut self, reconnect: Reconnect) -> Self {
        self.reconnect = reconnect;
        self
    }

    /// What happens to messages that are published while there is no connection.
    #[must_use]
    pub fn set_offline_queue(mut self, queue: QueueOptions) -> Self {
        self.core.queue = queue;
        self
    }

    /// How many messages of QoS 1 and 2 the broker may have unacknowledged on their way to this client (5.0). 65,535.
    #[must_use]
    pub fn set_receive_maximum(mut self, receive_maximum: u16) -> Self {
        self.core.receive_maximum = receive_maximum;
        self
    }

    /// The largest Control Packet in bytes that this client accepts. 16 MiB.
    #[must_use]
    pub fn set_maximum_packet_size(mut self, bytes: u32) -> Self {
        self.core.maximum_packet_size_bytes = bytes;
        self
    }

    /// How many Topic Aliases the broker may use towards this client (5.0). 16.
    #[must_use]
    pub fn set_topic_alias_maximum(mut self, count: u16) -> Self {
        self.core.topic_alias_maximum = count;
        self
    }

    /// How many Topic Aliases this client uses when the broker allows it (5.0). 16.
    #[must_use]
    pub fn set_topic_alias_outbound_maximum(mut self, count: u16) -> Self {
        self.core.topic_alias_outbound_maximum = count;
        self
    }

    /// Whether the application acknowledges messages itself, by [`Message::acknowledge`]. `false`.
    #[must_use]
    pub fn set_manual_acknowledgement(mut self, manual: bool) -> Self {
        self.manual_acknowledgement = manual;
        self
    }

    /// How many messages, and how many bytes of topics and payloads, may wait in one
    /// [`Subscription`](crate::Subscription) or for the handlers; what happens beyond is told there. 65,536 and 64 MiB.
    #[must_use]
    pub fn set_subscription_queue(mut self, messages_max: usize, bytes_max: usize) -> Self {
        (self.queue_messages_max, self.queue_bytes_max) = (messages_max, bytes_max);
        self
    }

    /// Called with each message that no handler and no [`Subscription`](crate::Subscription) is there for.
    ///
    /// All handlers of a client run one after the other on a thread of their own, so that they may block and wait for
    /// tokens.
    #[must_use]
    pub fn set_default_publish_handler(mut self, handler: impl FnMut(&Client, Message) + Send + 'static) -> Self {
        self.handlers.message = Some(Box::new(handler));
        self
    }

    /// Called after each successful connection.
    #[must_use]
    pub fn set_on_connect_handler(mut self, handler: impl FnMut(&Client, &Connected) + Send + 'static) -> Self {
        self.handlers.connected = Some(Box::new(handler));
        self
    }

    /// Called after each end of a connection and each failed attempt, but not after [`Client::disconnect`].
    #[must_use]
    pub fn set_connection_lost_handler(mut self, handler: impl FnMut(&Client, &Disconnected) + Send + 'static) -> Self {
        self.handlers.disconnected = Some(Box::new(handler));
        self
    }

    /// Everything that the core can be told, for what has no method here. Set it before calling those methods.
    #[must_use]
    pub fn set_core(mut self, core: core_client::ClientOptions) -> Self {
        self.manual_acknowledgement = core.acknowledgement == Acknowledgement::Manual;
        self.auto_reconnect = core.reconnect != Reconnect::Never;
        if self.auto_reconnect {
            self.reconnect = core.reconnect;
        }
        self.connect.timeout = Duration::from_millis(core.connect_timeout_ms.into());
        self.core = core;
        self
    }

    /// Checks what the setters could not, and gives the options of the core.
    pub(crate) fn finish(&mut self) -> Result<core_client::ClientOptions, Error> {
        if let Some(error) = self.url_error.take() {
            return Err(Error::Url(error));
        }
        if self.brokers.is_empty() {
            return Err(Error::NoBroker);
        }
        if self.brokers.iter().any(|url| url.scheme().is_tls()) {
            self.connect.tls = Some(client_config(&self.tls)?);
        }
        self.connect.server_name = self.tls.server_name().map(str::to_owned);
        let mut core = core::mem::take(&mut self.core);
        if let Some((will, delay)) = self.will.take() {
            let delay_interval_s = u32::try_from(delay.as_secs()).unwrap_or(u32::MAX);
            core.will = Some(Will { message: will.into_message()?, delay_interval_s });
        }
        if let Some(authenticator) = &self.handlers.authenticator {
            core.authentication = Some(Authentication { method: authenticator.method().to_owned(), data: None });
        }
        // Whether there is room decides about each acknowledgement, so the core leaves them to us.
        core.acknowledgement = Acknowledgement::Manual;
        core.reconnect = if self.auto_reconnect { self.reconnect } else { Reconnect::Never };
        // Each broker has its time to be reached, and then CONNACK its own.
        let steps = u128::try_from(self.brokers.len() + 1).unwrap_or(1);
        core.connect_timeout_ms = u32::try_from(self.connect.timeout.as_millis() * steps).unwrap_or(u32::MAX);
        if core.seed == 0 {
            // Without entropy clients share their jitter, which only matters when many come back at once.
            core.seed = getrandom::u64().unwrap_or(0);
        }
        Ok(core)
    }
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ClientOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientOptions")
            .field("brokers", &self.brokers)
            .field("client_id", &self.core.client_identifier)
            .finish_non_exhaustive()
    }
}

const PACKET_SIZE_BYTES_MAX: u32 = 16 * 1024 * 1024;
const QUEUE_MESSAGES_MAX: usize = 65_536;
const QUEUE_BYTES_MAX: usize = 64 * 1024 * 1024;
