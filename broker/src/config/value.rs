//! How the value of a key is read from text and written as text.

use super::{ClientCertificate, Listener, Store};
use polymqtt_core::broker::QueueWhenFull;
use polymqtt_core::codec::{ProtocolVersion, QoS};
use std::path::PathBuf;

/// What kind of value a key has in a configuration file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    /// `true` or `false`.
    Flag,
    /// An integer.
    Number,
    /// A string.
    Text,
    /// A string or an array of strings.
    List,
}

/// A type that a key may have.
pub(super) trait Value: Sized {
    const KIND: ValueKind;
    /// The value that `texts` spell: exactly one text but for a list.
    fn read(texts: &[String]) -> Result<Self, String>;
    /// The text that `read` understands; empty: nothing is set.
    fn show(&self) -> String;
}

fn single(texts: &[String]) -> Result<&str, String> {
    match texts {
        [text] => Ok(text),
        _ => Err("exactly one value is expected".into()),
    }
}

macro_rules! number {
    ($($type:ty),*) => {$(
        impl Value for $type {
            const KIND: ValueKind = ValueKind::Number;

            fn read(texts: &[String]) -> Result<Self, String> {
                let text = single(texts)?;
                text.replace('_', "").parse().map_err(|_| {
                    format!("\"{text}\" is not a whole number from {} to {}", <$type>::MIN, <$type>::MAX)
                })
            }

            fn show(&self) -> String {
                self.to_string()
            }
        }
    )*};
}

number!(u8, u16, u32, u64, usize);

impl Value for bool {
    const KIND: ValueKind = ValueKind::Flag;

    fn read(texts: &[String]) -> Result<Self, String> {
        match single(texts)? {
            "true" | "1" | "yes" | "on" => Ok(true),
            "false" | "0" | "no" | "off" => Ok(false),
            text => Err(format!("\"{text}\" is neither true nor false")),
        }
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Value for String {
    const KIND: ValueKind = ValueKind::Text;

    fn read(texts: &[String]) -> Result<Self, String> {
        single(texts).map(str::to_owned)
    }

    fn show(&self) -> String {
        self.clone()
    }
}

impl Value for PathBuf {
    const KIND: ValueKind = ValueKind::Text;

    fn read(texts: &[String]) -> Result<Self, String> {
        match single(texts)? {
            "" => Err("a file name is expected".into()),
            text => Ok(text.into()),
        }
    }

    fn show(&self) -> String {
        self.display().to_string()
    }
}

impl<T: Value> Value for Option<T> {
    const KIND: ValueKind = T::KIND;

    fn read(texts: &[String]) -> Result<Self, String> {
        T::read(texts).map(Some)
    }

    fn show(&self) -> String {
        self.as_ref().map(T::show).unwrap_or_default()
    }
}

impl Value for Vec<Listener> {
    const KIND: ValueKind = ValueKind::List;

    fn read(texts: &[String]) -> Result<Self, String> {
        let listeners = texts.iter().flat_map(|text| text.split(',')).map(str::trim).filter(|text| !text.is_empty());
        listeners.map(|text| text.parse().map_err(|error| format!("\"{text}\": {error}"))).collect()
    }

    fn show(&self) -> String {
        self.iter().map(Listener::to_string).collect::<Vec<_>>().join(",")
    }
}

impl Value for Store {
    const KIND: ValueKind = ValueKind::Text;

    fn read(texts: &[String]) -> Result<Self, String> {
        match single(texts)? {
            "memory" => Ok(Self::Memory),
            text => Err(format!("there is no store \"{text}\"; \"memory\" is the only one: it keeps nothing on disk")),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Memory => "memory".into(),
        }
    }
}

impl Value for ClientCertificate {
    const KIND: ValueKind = ValueKind::Text;

    fn read(texts: &[String]) -> Result<Self, String> {
        match single(texts)? {
            "required" => Ok(Self::Required),
            "optional" => Ok(Self::Optional),
            text => Err(format!("\"{text}\" is neither \"required\" nor \"optional\"")),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Required => "required".into(),
            Self::Optional => "optional".into(),
        }
    }
}

impl Value for Box<str> {
    const KIND: ValueKind = ValueKind::Text;

    fn read(texts: &[String]) -> Result<Self, String> {
        single(texts).map(Self::from)
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Value for ProtocolVersion {
    const KIND: ValueKind = ValueKind::Text;

    fn read(texts: &[String]) -> Result<Self, String> {
        let text = single(texts)?;
        let version = [Self::V3_1, Self::V3_1_1, Self::V5_0].into_iter().find(|version| version.to_string() == text);
        version.ok_or_else(|| format!("\"{text}\" is none of 3.1, 3.1.1 and 5.0"))
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Value for QoS {
    const KIND: ValueKind = ValueKind::Number;

    fn read(texts: &[String]) -> Result<Self, String> {
        let text = single(texts)?;
        text.parse().ok().and_then(Self::from_u8).ok_or_else(|| format!("\"{text}\" is none of 0, 1 and 2"))
    }

    fn show(&self) -> String {
        self.as_u8().to_string()
    }
}

impl Value for QueueWhenFull {
    const KIND: ValueKind = ValueKind::Text;

    fn read(texts: &[String]) -> Result<Self, String> {
        match single(texts)? {
            "newest" => Ok(Self::DropNewest),
            "oldest" => Ok(Self::DropOldest),
            text => Err(format!("\"{text}\" is neither \"newest\" nor \"oldest\"")),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::DropNewest => "newest".into(),
            Self::DropOldest => "oldest".into(),
        }
    }
}
