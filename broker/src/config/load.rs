//! Puts a configuration together: flag before environment before file before default.

use super::{BrokerConfig, ConfigError, KEYS, Key, Origin, ValueKind};
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The places that a configuration comes from, the strongest last.
#[derive(Debug, Default)]
pub struct Layers {
    values: Vec<(&'static Key, Origin, Vec<String>)>,
}

impl Layers {
    /// No values: the defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the keys of a configuration file.
    pub fn add_file(&mut self, file: &Path) -> Result<(), ConfigError> {
        let text = std::fs::read_to_string(file).map_err(|error| ConfigError::Read { file: file.into(), error })?;
        self.add_toml(&text, file)
    }

    /// Adds the keys of a configuration in TOML; `file` is the name that errors give it.
    pub fn add_toml(&mut self, text: &str, file: &Path) -> Result<(), ConfigError> {
        let table = DeTable::parse(text).map_err(|error| ConfigError::Syntax {
            file: file.into(),
            line: line_of(text, error.span().map_or(0, |span| span.start)),
            problem: error.message().into(),
        })?;
        let mut entries: Vec<_> = table.get_ref().iter().collect();
        entries.sort_by_key(|(name, _)| name.span().start);
        for (name, value) in entries {
            let line = line_of(text, name.span().start);
            let file = PathBuf::from(file);
            let key = Key::find(name.get_ref()).ok_or_else(|| ConfigError::UnknownKey {
                file: file.clone(),
                line,
                name: name.get_ref().to_string(),
                nearest: Key::nearest(name.get_ref()),
            })?;
            let origin = Origin::File { file, line };
            match texts_of(key.kind, value) {
                Ok(texts) => self.values.push((key, origin, texts)),
                Err(problem) => return Err(ConfigError::Value { key, origin, problem }),
            }
        }
        Ok(())
    }

    /// Adds what the environment says; `lookup` gives the value of a variable.
    pub fn add_environment(&mut self, lookup: impl Fn(&str) -> Option<String>) {
        for key in KEYS {
            if let Some(text) = lookup(&key.variable()) {
                self.values.push((key, Origin::Variable, vec![text]));
            }
        }
    }

    /// Adds a flag of the command line with its values.
    pub fn add_flag(&mut self, key: &'static Key, texts: Vec<String>) {
        self.values.push((key, Origin::Flag, texts));
    }

    /// The configuration: of each key the value that was added last. Call [`BrokerConfig::check`] next.
    pub fn resolve(&self) -> Result<BrokerConfig, ConfigError> {
        let mut config = BrokerConfig::default();
        for (key, origin, texts) in &self.values {
            (key.read)(&mut config, texts).map_err(|problem| ConfigError::Value {
                key,
                origin: origin.clone(),
                problem,
            })?;
        }
        Ok(config)
    }
}

/// The line of the byte at `offset`; the first is 1.
fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|&byte| byte == b'\n').count()
}

fn texts_of(kind: ValueKind, value: &Spanned<DeValue<'_>>) -> Result<Vec<String>, String> {
    let wrong =
        |expected: &str| Err(format!("{expected} is expected, not {}", with_article(value.get_ref().type_str())));
    match (kind, value.get_ref()) {
        (ValueKind::Flag, DeValue::Boolean(flag)) => Ok(vec![flag.to_string()]),
        (ValueKind::Flag, _) => wrong("true or false"),
        (ValueKind::Number, DeValue::Integer(number)) if number.radix() == 10 => Ok(vec![number.as_str().to_owned()]),
        (ValueKind::Number, _) => wrong("a decimal integer"),
        (ValueKind::Text | ValueKind::List, DeValue::String(text)) => Ok(vec![text.to_string()]),
        (ValueKind::Text, _) => wrong("a string"),
        (ValueKind::List, DeValue::Array(array)) => {
            let texts = array.iter().map(|item| item.get_ref().as_str().map(str::to_owned));
            texts.collect::<Option<_>>().ok_or_else(|| "an array of strings is expected".into())
        }
        (ValueKind::List, _) => wrong("a string or an array of strings"),
    }
}

fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {noun}")
}

#[cfg(test)]
mod tests {
    use super::{BrokerConfig, ConfigError, Key, Layers};
    use std::path::Path;

    fn from_toml(text: &str) -> Result<BrokerConfig, ConfigError> {
        let mut layers = Layers::new();
        layers.add_toml(text, Path::new("polymqtt.toml"))?;
        layers.resolve()
    }

    fn problem(text: &str) -> String {
        from_toml(text).unwrap_err().to_string()
    }

    #[test]
    fn flag_before_environment_before_file_before_default() {
        let mut layers = Layers::new();
        assert_eq!(layers.resolve().unwrap().shards, 0);
        layers.add_toml("shards = 1\nwebsocket_path = \"/file\"", Path::new("f")).unwrap();
        assert_eq!(layers.resolve().unwrap().shards, 1);
        layers.add_environment(|name| (name == "POLYMQTT_SHARDS").then(|| "2".to_owned()));
        assert_eq!(layers.resolve().unwrap().shards, 2);
        layers.add_flag(Key::find("shards").unwrap(), vec!["3".to_owned()]);
        let config = layers.resolve().unwrap();
        assert_eq!((config.shards, config.websocket_path.as_str()), (3, "/file"));
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line_and_the_nearest_one() {
        assert_eq!(
            problem("# comment\nshards = 1\npasword_file = \"x\"\n"),
            "polymqtt.toml:3: there is no key \"pasword_file\"; did you mean \"password_file\"?"
        );
        assert_eq!(problem("[section]\nx = 1"), "polymqtt.toml:1: there is no key \"section\"");
    }

    #[test]
    fn a_wrong_value_is_named_with_its_line() {
        assert_eq!(
            problem("\nshards = \"two\""),
            "polymqtt.toml:2: shards: a decimal integer is expected, not a string"
        );
        assert_eq!(
            problem("shards = 70000"),
            "polymqtt.toml:1: shards: \"70000\" is not a whole number from 0 to 65535"
        );
        assert!(problem("store = \"fjall\"").starts_with("polymqtt.toml:1: store: there is no store \"fjall\""));
        assert!(problem("listen = [\"mqtt://h\"]").contains("\"mqtt\" is not a transport"));
        assert!(problem("listen = 1883").contains("a string or an array of strings is expected, not an integer"));
        assert!(problem("a = ").starts_with("polymqtt.toml:1: "));
    }

    #[test]
    fn environment_and_flags_name_themselves() {
        let mut layers = Layers::new();
        layers.add_environment(|name| (name == "POLYMQTT_ALLOW_ANONYMOUS").then(|| "maybe".to_owned()));
        let error = layers.resolve().unwrap_err().to_string();
        assert_eq!(error, "POLYMQTT_ALLOW_ANONYMOUS: \"maybe\" is neither true nor false");
        let mut layers = Layers::new();
        layers.add_flag(Key::find("allow_anonymous").unwrap(), vec!["maybe".to_owned()]);
        assert!(layers.resolve().unwrap_err().to_string().starts_with("--allow-anonymous: "));
    }

    #[test]
    fn a_listener_for_others_demands_a_choice_about_authentication() {
        assert!(BrokerConfig::default().check().is_ok());
        let open = from_toml("listen = \"0.0.0.0:1883\"").unwrap();
        let error = open.check().unwrap_err().to_string();
        assert!(error.contains("--allow-anonymous") && error.contains("--password-file"), "{error}");
        for choice in
            ["allow_anonymous = true", "password_file = \"p\"", "password_file = \"p\"\nallow_anonymous = false"]
        {
            assert!(from_toml(&format!("listen = \"0.0.0.0:1883\"\n{choice}")).unwrap().check().is_ok(), "{choice}");
        }
        let nobody = from_toml("allow_anonymous = false").unwrap();
        assert!(matches!(nobody.check(), Err(ConfigError::NobodyMayConnect)));
    }

    #[test]
    fn tls_demands_certificate_and_key() {
        let config = from_toml("listen = [\"tls://127.0.0.1:0\"]\ntls_key_file = \"k\"").unwrap();
        assert!(matches!(config.check(), Err(ConfigError::NoCertificate(_))));
    }
}
