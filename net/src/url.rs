//! The URL of a broker.

use core::fmt;
use core::str::FromStr;

/// Where a broker is and how to reach it, parsed from a URL.
///
/// | Scheme | Transport | Default port |
/// |---|---|---|
/// | `mqtt://` `tcp://` | TCP | 1883 |
/// | `mqtts://` `ssl://` `tls://` | TLS | 8883 |
/// | `ws://` | WebSocket, path `/mqtt` unless given | 80 |
/// | `wss://` | WebSocket over TLS, path `/mqtt` unless given | 443 |
/// | `unix:` `mqtt+unix://` | Unix socket, the rest is the path of the socket | |
///
/// A user name and a password may stand in front of the host (`mqtt://user:secret@host`), percent-encoded. Without a
/// scheme `host:port` means TCP. IPv6 addresses stand in brackets.
#[derive(Clone, PartialEq, Eq)]
pub struct BrokerUrl {
    scheme: Scheme,
    host: String,
    port: u16,
    path: String,
    user_name: Option<String>,
    password: Option<String>,
}

/// How bytes travel to a broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Plain TCP.
    Tcp,
    /// TLS over TCP.
    Tls,
    /// WebSocket over TCP.
    WebSocket,
    /// WebSocket over TLS.
    SecureWebSocket,
    /// A Unix socket.
    Unix,
}

/// Why a URL was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlError {
    /// The URL without its password.
    url: String,
    problem: UrlProblem,
}

/// What is wrong with a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum UrlProblem {
    /// The scheme is none of those in the table of [`BrokerUrl`].
    Scheme,
    /// There is no host, or for a Unix socket no path.
    Host,
    /// The port is not a number from 1 to 65535.
    Port,
    /// A `%` is not followed by two hexadecimal digits, or what they spell is not UTF-8.
    PercentEncoding,
    /// A path or a query stands where the scheme has none.
    Path,
    /// It contains a blank or a control character.
    Character,
}

impl BrokerUrl {
    /// How to reach it.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The host name or IP address, without brackets; empty for a Unix socket.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port; 0 for a Unix socket.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The path (and query) of a WebSocket, or the path of a Unix socket; else empty.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The user name that stands in the URL.
    pub fn user_name(&self) -> Option<&str> {
        self.user_name.as_deref()
    }

    /// The password that stands in the URL.
    pub fn password(&self) -> Option<&str> {
        self.password.as_deref()
    }

    /// `host:port`, with brackets around an IPv6 address; the path for a Unix socket.
    pub fn authority(&self) -> String {
        match self.scheme {
            Scheme::Unix => self.path.clone(),
            Scheme::Tcp | Scheme::Tls | Scheme::WebSocket | Scheme::SecureWebSocket if self.host.contains(':') => {
                format!("[{}]:{}", self.host, self.port)
            }
            Scheme::Tcp | Scheme::Tls | Scheme::WebSocket | Scheme::SecureWebSocket => {
                format!("{}:{}", self.host, self.port)
            }
        }
    }
}

impl Scheme {
    /// Whether the bytes are encrypted.
    pub const fn is_tls(self) -> bool {
        matches!(self, Self::Tls | Self::SecureWebSocket)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "mqtt",
            Self::Tls => "mqtts",
            Self::WebSocket => "ws",
            Self::SecureWebSocket => "wss",
            Self::Unix => "unix",
        }
    }

    const fn default_port(self) -> u16 {
        match self {
            Self::Tcp => 1883,
            Self::Tls => 8883,
            Self::WebSocket => 80,
            Self::SecureWebSocket => 443,
            Self::Unix => 0,
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "mqtt" | "tcp" => Self::Tcp,
            "mqtts" | "ssl" | "tls" | "mqtt+ssl" | "tcps" => Self::Tls,
            "ws" => Self::WebSocket,
            "wss" => Self::SecureWebSocket,
            "unix" | "mqtt+unix" => Self::Unix,
            _ => return None,
        })
    }
}

impl FromStr for BrokerUrl {
    type Err = UrlError;

    fn from_str(url: &str) -> Result<Self, UrlError> {
        parse(url).map_err(|problem| UrlError { url: without_password(url), problem })
    }
}

impl TryFrom<&str> for BrokerUrl {
    type Error = UrlError;

    fn try_from(url: &str) -> Result<Self, UrlError> {
        url.parse()
    }
}

/// Shows the URL without user name and password, so that it may be logged.
impl fmt::Display for BrokerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.scheme {
            Scheme::Unix => write!(f, "unix:{}", self.path),
            Scheme::Tcp | Scheme::Tls | Scheme::WebSocket | Scheme::SecureWebSocket => {
                write!(f, "{}://{}{}", self.scheme.name(), self.authority(), self.path)
            }
        }
    }
}

impl fmt::Debug for BrokerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BrokerUrl({self})")
    }
}

impl UrlError {
    /// What is wrong.
    pub fn problem(&self) -> UrlProblem {
        self.problem
    }
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let problem = match self.problem {
            UrlProblem::Scheme => "the scheme must be one of mqtt, tcp, mqtts, ssl, tls, ws, wss, unix, mqtt+unix",
            UrlProblem::Host => "it names no host (or no path of a Unix socket)",
            UrlProblem::Port => "the port must be a number from 1 to 65535",
            UrlProblem::PercentEncoding => "'%' must be followed by two hexadecimal digits that spell UTF-8",
            UrlProblem::Path => "only ws:// and wss:// have a path after the host",
            UrlProblem::Character => "it must not contain blanks or control characters",
        };
        write!(f, "broker URL {:?}: {problem}", self.url)
    }
}

impl core::error::Error for UrlError {}

fn parse(url: &str) -> Result<BrokerUrl, UrlProblem> {
    let (scheme, rest) = match url.split_once("://") {
        Some((name, rest)) => (Scheme::from_name(name).ok_or(UrlProblem::Scheme)?, rest),
        None => match url.split_once(':') {
            Some((name, rest)) if Scheme::from_name(name) == Some(Scheme::Unix) => (Scheme::Unix, rest),
            _ => (Scheme::Tcp, url),
        },
    };
    if scheme == Scheme::Unix {
        return parse_unix(rest);
    }
    if url.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(UrlProblem::Character);
    }
    let (authority, path) = split_path(rest);
    let path = match (scheme, path) {
        (Scheme::WebSocket | Scheme::SecureWebSocket, "" | "/") => "/mqtt".to_owned(),
        (Scheme::WebSocket | Scheme::SecureWebSocket, path) if path.starts_with('?') => format!("/mqtt{path}"),
        (Scheme::WebSocket | Scheme::SecureWebSocket, path) => path.to_owned(),
        (_, "" | "/") => String::new(),
        _ => return Err(UrlProblem::Path),
    };
    let (credentials, host_and_port) = match authority.rsplit_once('@') {
        Some((credentials, host_and_port)) => (Some(credentials), host_and_port),
        None => (None, authority),
    };
    let (user_name, password) = parse_credentials(credentials)?;
    let (host, port) = parse_host(host_and_port, scheme)?;
    Ok(BrokerUrl { scheme, host, port, path, user_name, password })
}

/// `/path/of/socket`, or `user:password@/path/of/socket`. Blanks are allowed: it is the path of a file.
fn parse_unix(rest: &str) -> Result<BrokerUrl, UrlProblem> {
    let (credentials, path) = match rest.split_once("@/") {
        Some((credentials, _)) if !credentials.contains('/') => {
            (Some(credentials), &rest[credentials.len() + "@".len()..])
        }
        _ => (None, rest),
    };
    // `unix:///run/mqtt.sock` was split at "://"; `unix:/run/mqtt.sock` and `unix:run/mqtt.sock` at ":".
    if path.is_empty() {
        return Err(UrlProblem::Host);
    }
    let (user_name, password) = parse_credentials(credentials)?;
    Ok(BrokerUrl { scheme: Scheme::Unix, host: String::new(), port: 0, path: path.to_owned(), user_name, password })
}

fn parse_credentials(credentials: Option<&str>) -> Result<(Option<String>, Option<String>), UrlProblem> {
    let Some(credentials) = credentials else { return Ok((None, None)) };
    Ok(match credentials.split_once(':') {
        Some((user_name, password)) => (Some(percent_decode(user_name)?), Some(percent_decode(password)?)),
        None => (Some(percent_decode(credentials)?), None),
    })
}

fn parse_host(text: &str, scheme: Scheme) -> Result<(String, u16), UrlProblem> {
    let (host, port) = if let Some(rest) = text.strip_prefix('[') {
        let (host, after) = rest.split_once(']').ok_or(UrlProblem::Host)?;
        match after.strip_prefix(':') {
            Some(port) => (host, Some(port)),
            None if after.is_empty() => (host, None),
            None => return Err(UrlProblem::Host),
        }
    } else {
        match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        }
    };
    if host.is_empty() {
        return Err(UrlProblem::Host);
    }
    let port = match port {
        // `u16::from_str` also takes "+1883".
        Some(port) if port.bytes().all(|b| b.is_ascii_digit()) => {
            port.parse().ok().filter(|&p| p != 0).ok_or(UrlProblem::Port)?
        }
        Some(_) => return Err(UrlProblem::Port),
        None => scheme.default_port(),
    };
    Ok((percent_decode(host)?, port))
}

/// The authority, and what follows it from the first `/` or `?` on. A fragment has no meaning here and is dropped.
fn split_path(rest: &str) -> (&str, &str) {
    let rest = rest.split_once('#').map_or(rest, |(before, _)| before);
    match rest.find(['/', '?']) {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    }
}

fn percent_decode(text: &str) -> Result<String, UrlProblem> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits = (bytes.next().and_then(hex_digit), bytes.next().and_then(hex_digit));
            let (Some(high), Some(low)) = digits else { return Err(UrlProblem::PercentEncoding) };
            decoded.push(high << 4 | low);
        } else {
            decoded.push(byte);
        }
    }
    String::from_utf8(decoded).map_err(|_| UrlProblem::PercentEncoding)
}

fn hex_digit(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|d| u8::try_from(d).ok())
}

fn without_password(url: &str) -> String {
    let start = url.find("://").map_or(0, |at| at + "://".len());
    match url[start..].rfind('@') {
        Some(at) => format!("{}…{}", &url[..start], &url[start + at..]),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{BrokerUrl, Scheme, UrlProblem};

    fn parse(url: &str) -> BrokerUrl {
        url.parse().unwrap()
    }

    fn problem(url: &str) -> UrlProblem {
        url.parse::<BrokerUrl>().unwrap_err().problem()
    }

    #[test]
    fn every_scheme_has_its_transport_and_port() {
        for (url, scheme, port, path) in [
            ("mqtt://broker", Scheme::Tcp, 1883, ""),
            ("tcp://broker/", Scheme::Tcp, 1883, ""),
            ("TCP://broker:2883", Scheme::Tcp, 2883, ""),
            ("broker:1884", Scheme::Tcp, 1884, ""),
            ("broker", Scheme::Tcp, 1883, ""),
            ("mqtts://broker", Scheme::Tls, 8883, ""),
            ("ssl://broker", Scheme::Tls, 8883, ""),
            ("tls://broker:1", Scheme::Tls, 1, ""),
            ("ws://broker", Scheme::WebSocket, 80, "/mqtt"),
            ("ws://broker:8083/", Scheme::WebSocket, 8083, "/mqtt"),
            ("ws://broker/a/b?c=d#e", Scheme::WebSocket, 80, "/a/b?c=d"),
            ("wss://broker?token=1", Scheme::SecureWebSocket, 443, "/mqtt?token=1"),
        ] {
            let parsed = parse(url);
            assert_eq!((parsed.scheme(), parsed.port(), parsed.path()), (scheme, port, path), "{url}");
            assert_eq!(parsed.host(), "broker", "{url}");
        }
    }

    #[test]
    fn unix_sockets_have_a_path_and_no_host() {
        for (url, path) in [
            ("unix:/run/mqtt.sock", "/run/mqtt.sock"),
            ("unix:run/mqtt.sock", "run/mqtt.sock"),
            ("unix:///run/mqtt.sock", "/run/mqtt.sock"),
            ("mqtt+unix:///run/my broker/a@b.sock", "/run/my broker/a@b.sock"),
        ] {
            assert_eq!((parse(url).scheme(), parse(url).path()), (Scheme::Unix, path), "{url}");
        }
        let with_user = parse("unix://me:secret@/run/mqtt.sock");
        assert_eq!((with_user.user_name(), with_user.password()), (Some("me"), Some("secret")));
        assert_eq!(with_user.path(), "/run/mqtt.sock");
        assert_eq!(problem("unix:"), UrlProblem::Host);
    }

    #[test]
    fn credentials_are_percent_decoded_and_never_shown() {
        let url = parse("mqtt://m%40e:p%3Aw:%C3%A4@host:1");
        assert_eq!((url.user_name(), url.password()), (Some("m@e"), Some("p:w:ä")));
        assert_eq!(format!("{url} {url:?}"), "mqtt://host:1 BrokerUrl(mqtt://host:1)");
        let error = "mqtt://me:secret@host:port".parse::<BrokerUrl>().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
        assert_eq!(parse("mqtt://me@host").password(), None);
    }

    #[test]
    fn ipv6_addresses_stand_in_brackets() {
        assert_eq!((parse("mqtt://[::1]").host(), parse("mqtt://[::1]").port()), ("::1", 1883));
        assert_eq!((parse("[fe80::1]:7").host(), parse("[fe80::1]:7").port()), ("fe80::1", 7));
        assert_eq!(parse("mqtt://[::1]:7").to_string(), "mqtt://[::1]:7");
        assert_eq!(problem("mqtt://[::1"), UrlProblem::Host);
        assert_eq!(problem("mqtt://[::1]7"), UrlProblem::Host);
    }

    #[test]
    fn what_is_no_broker_url_is_refused_with_the_problem() {
        assert_eq!(problem("http://broker"), UrlProblem::Scheme);
        assert_eq!(problem("mqtt://"), UrlProblem::Host);
        assert_eq!(problem(""), UrlProblem::Host);
        assert_eq!(problem("mqtt://:1883"), UrlProblem::Host);
        assert_eq!(problem("mqtt://broker:0"), UrlProblem::Port);
        assert_eq!(problem("mqtt://broker:65536"), UrlProblem::Port);
        assert_eq!(problem("mqtt://broker:+1"), UrlProblem::Port);
        assert_eq!(problem("mqtt://broker:"), UrlProblem::Port);
        assert_eq!(problem("mqtt://a%4@broker"), UrlProblem::PercentEncoding);
        assert_eq!(problem("mqtt://a%ff@broker"), UrlProblem::PercentEncoding);
        assert_eq!(problem("mqtt://broker/topic"), UrlProblem::Path);
        assert_eq!(problem("mqtt://bro ker"), UrlProblem::Character);
        let message = "http://broker".parse::<BrokerUrl>().unwrap_err().to_string();
        assert!(message.contains("http://broker") && message.contains("wss"), "{message}");
    }
}
