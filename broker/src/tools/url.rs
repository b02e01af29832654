//! The URL of `-L`.

use super::usage::UsageError;

/// What a URL such as `mqtts://user:password@host:8883/a/b` says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) websocket: bool,
    pub(super) encrypted: bool,
    pub(super) user_name: Option<String>,
    pub(super) password: Option<String>,
    pub(super) topic: String,
}

/// Reads `mqtt(s)|ws(s)://[user[:password]@]host[:port]/topic`. User name, password and topic are taken as they stand.
pub(super) fn parse(url: &str) -> Result<Parts, UsageError> {
    let (scheme, rest) = url.split_once("://").ok_or_else(|| UsageError::new("Error: unsupported URL scheme.\n"))?;
    let (websocket, encrypted) = match scheme.to_ascii_lowercase().as_str() {
        "mqtt" => (false, false),
        "mqtts" => (false, true),
        "ws" => (true, false),
        "wss" => (true, true),
        _ => return Err(UsageError::new("Error: unsupported URL scheme.\n")),
    };
    let missing = || UsageError::new("Error: Invalid URL for -L argument specified - topic missing.");
    let (authority, topic) = rest.split_once('/').ok_or_else(missing)?;
    let (login, address) = authority.rsplit_once('@').map_or((None, authority), |(login, rest)| (Some(login), rest));
    let (user_name, password) = match login.map(|login| login.split_once(':').ok_or(login)) {
        None => (None, None),
        Some(Err(name)) => (Some(name.to_owned()), None),
        Some(Ok((name, password))) => (Some(name.to_owned()), Some(password.to_owned())),
    };
    let (host, port) = match address.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, rest)) => (host, rest.strip_prefix(':')),
        None => address.split_once(':').map_or((address, None), |(host, port)| (host, Some(port))),
    };
    let port = match port {
        None if encrypted => 8883,
        None => 1883,
        Some(port) => port.parse().map_err(|_| UsageError::new(format!("Error: Invalid port given: {port}")))?,
    };
    if host.is_empty() {
        return Err(UsageError::new("Error: Invalid URL for -L argument specified - host missing."));
    }
    Ok(Parts { host: host.into(), port, websocket, encrypted, user_name, password, topic: topic.into() })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn every_part_is_found() {
        let parts = parse("mqtts://ann:p@ss@broker:9999/a/b").unwrap();
        assert_eq!((parts.host.as_str(), parts.port, parts.encrypted), ("broker", 9999, true));
        assert_eq!((parts.user_name.as_deref(), parts.password.as_deref()), (Some("ann"), Some("p@ss")));
        assert_eq!((parts.topic.as_str(), parts.websocket), ("a/b", false));
        let parts = parse("WS://ann@[::1]/t").unwrap();
        assert_eq!((parts.host.as_str(), parts.port, parts.websocket), ("::1", 1883, true));
        assert_eq!((parts.user_name.as_deref(), parts.password), (Some("ann"), None));
        assert_eq!(parse("mqtts://h/t").unwrap().port, 8883);
    }

    #[test]
    fn what_is_missing_is_named() {
        for (url, problem) in [
            ("http://h/t", "scheme"),
            ("h/t", "scheme"),
            ("mqtt://h", "topic missing"),
            ("mqtt:///t", "host missing"),
            ("mqtt://h:x/t", "Invalid port"),
        ] {
            assert!(parse(url).unwrap_err().to_string().contains(problem), "{url}");
        }
    }
}
