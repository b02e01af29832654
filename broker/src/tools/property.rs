//! The properties of `-D COMMAND NAME VALUE [VALUE]`.

use super::settings::PropertySettings;
use super::usage::UsageError;
use polymqtt_core::codec::{PacketType, Property, PropertyIdentifier, PropertyOwner, PropertyType};

/// A property with its value, read from the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OwnedProperty {
    identifier: PropertyIdentifier,
    value: Value,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    Number(u32),
    Text(String),
    Pair(String, String),
}

impl OwnedProperty {
    /// The number; 0 for a property that is none.
    pub(crate) const fn number(&self) -> u32 {
        match self.value {
            Value::Number(number) => number,
            Value::Text(_) | Value::Pair(..) => 0,
        }
    }

    /// As the codec wants it.
    pub(crate) fn as_property(&self) -> Property<'_> {
        use PropertyIdentifier as Id;
        let number = self.number();
        let (byte, short) = (u8::try_from(number).unwrap_or(u8::MAX), u16::try_from(number).unwrap_or(u16::MAX));
        let (text, second) = match &self.value {
            Value::Text(text) => (text.as_str(), ""),
            Value::Pair(name, value) => (name.as_str(), value.as_str()),
            Value::Number(_) => ("", ""),
        };
        match self.identifier {
            Id::PayloadFormatIndicator => Property::PayloadFormatIndicator(byte),
            Id::MessageExpiryInterval => Property::MessageExpiryInterval(number),
            Id::ContentType => Property::ContentType(text),
            Id::ResponseTopic => Property::ResponseTopic(text),
            Id::CorrelationData => Property::CorrelationData(text.as_bytes()),
            Id::SubscriptionIdentifier => Property::SubscriptionIdentifier(number),
            Id::SessionExpiryInterval => Property::SessionExpiryInterval(number),
            Id::AssignedClientIdentifier => Property::AssignedClientIdentifier(text),
            Id::ServerKeepAlive => Property::ServerKeepAlive(short),
            Id::AuthenticationMethod => Property::AuthenticationMethod(text),
            Id::AuthenticationData => Property::AuthenticationData(text.as_bytes()),
            Id::RequestProblemInformation => Property::RequestProblemInformation(byte),
            Id::WillDelayInterval => Property::WillDelayInterval(number),
            Id::RequestResponseInformation => Property::RequestResponseInformation(byte),
            Id::ResponseInformation => Property::ResponseInformation(text),
            Id::ServerReference => Property::ServerReference(text),
            Id::ReasonString => Property::ReasonString(text),
            Id::ReceiveMaximum => Property::ReceiveMaximum(short),
            Id::TopicAliasMaximum => Property::TopicAliasMaximum(short),
            Id::TopicAlias => Property::TopicAlias(short),
            Id::MaximumQoS => Property::MaximumQoS(byte),
            Id::RetainAvailable => Property::RetainAvailable(byte),
            Id::UserProperty => Property::UserProperty((text, second)),
            Id::MaximumPacketSize => Property::MaximumPacketSize(number),
            Id::WildcardSubscriptionAvailable => Property::WildcardSubscriptionAvailable(byte),
            Id::SubscriptionIdentifierAvailable => Property::SubscriptionIdentifierAvailable(byte),
            Id::SharedSubscriptionAvailable => Property::SharedSubscriptionAvailable(byte),
        }
    }
}

/// Takes what follows `-D` from `arguments` and adds the property.
pub(crate) fn read<'a>(
    settings: &mut PropertySettings,
    arguments: &mut impl Iterator<Item = &'a str>,
) -> Result<(), UsageError> {
    let missing = || UsageError::new("Error: --property argument given but not enough arguments specified.\n");
    let command = arguments.next().ok_or_else(missing)?;
    let (owner, list) = match command.to_ascii_lowercase().as_str() {
        "connect" => (PropertyOwner::Packet(PacketType::Connect), &mut settings.connect),
        "publish" => (PropertyOwner::Packet(PacketType::Publish), &mut settings.publish),
        "subscribe" => (PropertyOwner::Packet(PacketType::Subscribe), &mut settings.subscribe),
        "unsubscribe" => (PropertyOwner::Packet(PacketType::Unsubscribe), &mut settings.unsubscribe),
        "disconnect" => (PropertyOwner::Packet(PacketType::Disconnect), &mut settings.disconnect),
        "will" => (PropertyOwner::Will, &mut settings.will),
        _ => return Err(UsageError::new("Error: Invalid command given in --property argument.\n")),
    };
    let name = arguments.next().ok_or_else(missing)?;
    let wanted = name.to_ascii_lowercase().replace('-', "_");
    let identifier = PropertyIdentifier::ALL.iter().copied().find(|identifier| identifier.name() == wanted);
    let identifier =
        identifier.ok_or_else(|| UsageError::new("Error: Invalid property name given in --property argument.\n"))?;
    if !identifier.is_allowed_in(owner) {
        let problem = format!("Error: {name} property not allowed for {command} in --property argument.\n");
        return Err(UsageError::new(problem));
    }
    if identifier == PropertyIdentifier::TopicAlias {
        return Err(UsageError::new(
            "Error: topic-alias cannot be chosen: aliases are assigned automatically when the broker allows them.\n",
        ));
    }
    let text = arguments.next().ok_or_else(missing)?;
    let number = |maximum: u32| {
        let parsed = text.parse::<u32>().ok().filter(|&number| number <= maximum).map(Value::Number);
        parsed.ok_or_else(|| {
            UsageError::new(format!("Error: Property value ({text}) out of range for property {name}.\n"))
        })
    };
    let value = match identifier.property_type() {
        PropertyType::Byte => number(1)?,
        PropertyType::TwoByteInteger => number(u32::from(u16::MAX))?,
        PropertyType::FourByteInteger => number(u32::MAX)?,
        PropertyType::VariableByteInteger => number(268_435_455)?,
        PropertyType::Utf8String | PropertyType::BinaryData => Value::Text(text.to_owned()),
        PropertyType::Utf8StringPair => Value::Pair(text.to_owned(), arguments.next().ok_or_else(missing)?.to_owned()),
    };
    if identifier != PropertyIdentifier::UserProperty && list.iter().any(|other| other.identifier == identifier) {
        let problem = format!("Error: {name} property given twice for {command} in --property argument.\n");
        return Err(UsageError::new(problem));
    }
    list.push(OwnedProperty { identifier, value });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Property, PropertySettings, UsageError, read};

    fn parse(text: &str) -> Result<PropertySettings, UsageError> {
        let mut settings = PropertySettings::default();
        let mut arguments = text.split(' ');
        read(&mut settings, &mut arguments)?;
        assert_eq!(arguments.next(), None, "{text}: something is left over");
        Ok(settings)
    }

    #[test]
    fn each_type_of_value_is_read() {
        let first = |text: &str| parse(text).unwrap();
        let connect = first("connect receive-maximum 7");
        assert_eq!(connect.connect[0].as_property(), Property::ReceiveMaximum(7));
        let publish = first("publish user-property a b");
        assert_eq!(publish.publish[0].as_property(), Property::UserProperty(("a", "b")));
        let will = first("will will-delay-interval 4294967295");
        assert_eq!(will.will[0].as_property(), Property::WillDelayInterval(u32::MAX));
        let publish = first("PUBLISH correlation-data xy");
        assert_eq!(publish.publish[0].as_property(), Property::CorrelationData(b"xy"));
        let publish = first("publish payload-format-indicator 1");
        assert_eq!(publish.publish[0].as_property(), Property::PayloadFormatIndicator(1));
        let subscribe = first("subscribe subscription-identifier 5");
        assert_eq!(subscribe.subscribe[0].as_property(), Property::SubscriptionIdentifier(5));
    }

    #[test]
    fn mistakes_are_named() {
        let problem = |text: &str| parse(text).unwrap_err().to_string();
        assert!(problem("pub content-type x").contains("Invalid command"));
        assert!(problem("publish colour x").contains("Invalid property name"));
        assert!(problem("publish maximum-qos 1").contains("maximum-qos property not allowed for publish"));
        assert!(problem("publish user-property a").contains("not enough arguments"));
        assert!(problem("connect receive-maximum 65536").contains("out of range"));
        assert!(problem("publish topic-alias 1").contains("assigned automatically"));
    }
}
