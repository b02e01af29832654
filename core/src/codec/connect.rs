//! CONNECT: a client asks for a connection. Spec: 3.1.

use super::error::{DecodeFault, EncodeError};
use super::primitive::{FIELD_SIZE_BYTES_MAX, Reader, has_null, write_binary};
use super::{DecodeOptions, PacketType, Properties, PropertyIdentifier, PropertyOwner, ProtocolVersion, QoS};
use crate::topic::TopicName;
use alloc::vec::Vec;

/// CONNECT. Spec: 3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connect<'a> {
    /// The version that the connection will speak.
    pub protocol_version: ProtocolVersion,
    /// Start with a new Session; *Clean Session* in 3.1 and 3.1.1. Spec: 3.1.2.4.
    pub clean_start: bool,
    /// Seconds; 0 turns Keep Alive off. Spec: 3.1.2.10.
    pub keep_alive_s: u16,
    /// The CONNECT properties.
    pub properties: Properties<'a>,
    /// May be empty: the server then assigns one. Spec: 3.1.3.1.
    pub client_identifier: &'a str,
    /// The Will Message.
    pub will: Option<Will<'a>>,
    /// The user name.
    pub user_name: Option<&'a str>,
    /// The password.
    pub password: Option<&'a [u8]>,
}

/// The Will Message in a CONNECT. Spec: 3.1.2.5, 3.1.3.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Will<'a> {
    /// The QoS at which it is published.
    pub qos: QoS,
    /// Whether it is published as a Retained Message.
    pub retain: bool,
    /// The Will Properties.
    pub properties: Properties<'a>,
    /// The Will Topic.
    pub topic: TopicName<'a>,
    /// The Will Payload; at most 65,535 bytes.
    pub payload: &'a [u8],
}

impl<'a> Connect<'a> {
    /// A CONNECT without user name, password, will and properties, and with a Keep Alive of 60 seconds.
    pub const fn new(protocol_version: ProtocolVersion, client_identifier: &'a str) -> Self {
        Self {
            protocol_version,
            clean_start: true,
            keep_alive_s: 60,
            properties: Properties::EMPTY,
            client_identifier,
            will: None,
            user_name: None,
            password: None,
        }
    }

    /// Together with a fault goes the version by whose rules the CONNECT was read.
    pub(super) fn decode(body: &'a [u8], options: &DecodeOptions) -> Result<Self, (DecodeFault, ProtocolVersion)> {
        let mut reader = Reader::new(body);
        let version = read_version(&mut reader, options)?;
        let options = DecodeOptions { version, ..*options };
        Self::decode_rest(reader, &options).map_err(|fault| (fault, version))
    }

    fn decode_rest(mut reader: Reader<'a>, options: &DecodeOptions) -> Result<Self, DecodeFault> {
        let version = options.version;
        let flags = reader.u8()?;
        check_flags(flags, version)?;
        let keep_alive_s = reader.u16()?;
        let properties = read_properties(&mut reader, OWNER, options)?;
        check_authentication(properties)?;
        let client_identifier = reader.string()?;
        let clean_start = flags & CLEAN_START != 0;
        if !is_client_identifier_valid(client_identifier, clean_start, version) {
            return Err(DecodeFault::ClientIdentifier);
        }
        let will = if flags & WILL == 0 { None } else { Some(Will::decode(flags, &mut reader, options)?) };
        // 3.1 tells servers to accept these flags when the fields are missing. Spec: MQTT 3.1, 3.1.
        let is_missing = |reader: &Reader<'_>| version == ProtocolVersion::V3_1 && reader.is_empty();
        let user_name = if flags & USER_NAME == 0 || is_missing(&reader) { None } else { Some(reader.string()?) };
        let password = if flags & PASSWORD == 0 || is_missing(&reader) { None } else { Some(reader.binary()?) };
        if !reader.is_empty() {
            return Err(DecodeFault::TrailingBytes);
        }
        Ok(Self {
            protocol_version: version,
            clean_start,
            keep_alive_s,
            properties,
            client_identifier,
            will,
            user_name,
            password,
        })
    }

    pub(super) fn body_len(&self) -> Result<usize, EncodeError> {
        let version = self.protocol_version;
        let properties_len = if version.has_properties() {
            self.properties.check_owner(OWNER)?;
            check_authentication(self.properties).map_err(|_| EncodeError::AuthenticationDataAlone)?;
            self.properties.counted_len()
        } else {
            0
        };
        if !is_client_identifier_valid(self.client_identifier, self.clean_start, version) {
            return Err(EncodeError::ClientIdentifier);
        }
        if self.password.is_some() && self.user_name.is_none() && !version.has_properties() {
            return Err(EncodeError::PasswordWithoutUserName);
        }
        let user_name_len = self.user_name.map_or(Ok(0), string_len)?;
        let password_len = self.password.map_or(Ok(0), binary_len)?;
        let will_len = self.will.map_or(Ok(0), |will| will.len(version))?;
        // Protocol Name, level, flags and Keep Alive.
        let fixed_len = 2 + version.protocol_name().len() + 4;
        Ok(fixed_len + properties_len + string_len(self.client_identifier)? + will_len + user_name_len + password_len)
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        write_binary(out, self.protocol_version.protocol_name().as_bytes());
        out.push(self.protocol_version.as_u8());
        out.push(self.flags());
        out.extend_from_slice(&self.keep_alive_s.to_be_bytes());
        if self.protocol_version.has_properties() {
            self.properties.write(out);
        }
        write_binary(out, self.client_identifier.as_bytes());
        if let Some(will) = &self.will {
            will.write(self.protocol_version, out);
        }
        if let Some(user_name) = self.user_name {
            write_binary(out, user_name.as_bytes());
        }
        if let Some(password) = self.password {
            write_binary(out, password);
        }
    }

    fn flags(&self) -> u8 {
        let mut flags = 0;
        if self.clean_start {
            flags |= CLEAN_START;
        }
        if let Some(will) = &self.will {
            flags |= WILL | will.qos.as_u8() << WILL_QOS_SHIFT;
            if will.retain {
                flags |= WILL_RETAIN;
            }
        }
        if self.password.is_some() {
            flags |= PASSWORD;
        }
        if self.user_name.is_some() {
            flags |= USER_NAME;
        }
        flags
    }
}

impl<'a> Will<'a> {
    /// A Will Message at QoS 0 without properties.
    pub const fn new(topic: TopicName<'a>, payload: &'a [u8]) -> Self {
        Self { qos: QoS::AtMostOnce, retain: false, properties: Properties::EMPTY, topic, payload }
    }

    fn decode(flags: u8, reader: &mut Reader<'a>, options: &DecodeOptions) -> Result<Self, DecodeFault> {
        Ok(Self {
            qos: QoS::from_u8((flags >> WILL_QOS_SHIFT) & 0b11).ok_or(DecodeFault::WillQoS3)?,
            retain: flags & WILL_RETAIN != 0,
            properties: read_properties(reader, PropertyOwner::Will, options)?,
            topic: reader.topic_name(options)?.ok_or(DecodeFault::WillTopicEmpty)?,
            payload: reader.binary()?,
        })
    }

    fn len(&self, version: ProtocolVersion) -> Result<usize, EncodeError> {
        let properties_len = if version.has_properties() {
            self.properties.check_owner(PropertyOwner::Will)?;
            self.properties.counted_len()
        } else {
            0
        };
        Ok(properties_len + 2 + self.topic.as_str().len() + binary_len(self.payload)?)
    }

    fn write(&self, version: ProtocolVersion, out: &mut Vec<u8>) {
        if version.has_properties() {
            self.properties.write(out);
        }
        write_binary(out, self.topic.as_str().as_bytes());
        write_binary(out, self.payload);
    }
}

/// Protocol Name and level. Spec: 3.1.2.1, 3.1.2.2.
fn read_version(
    reader: &mut Reader<'_>,
    options: &DecodeOptions,
) -> Result<ProtocolVersion, (DecodeFault, ProtocolVersion)> {
    let name = reader.binary().map_err(|fault| (fault, options.version))?;
    let level = reader.u8().map_err(|fault| (fault, options.version))?;
    // Who speaks a level that does not exist yet understands the answer of the latest version, if any.
    let answer = if level < ProtocolVersion::V5_0.as_u8() { ProtocolVersion::V3_1_1 } else { ProtocolVersion::V5_0 };
    if name != ProtocolVersion::V3_1.protocol_name().as_bytes()
        && name != ProtocolVersion::V5_0.protocol_name().as_bytes()
    {
        return Err((DecodeFault::ProtocolName, answer));
    }
    ProtocolVersion::from_u8(level)
        .filter(|version| version.protocol_name().as_bytes() == name)
        .ok_or((DecodeFault::ProtocolLevel(level), answer))
}

/// Spec: 3.1.2.3 to 3.1.2.9.
fn check_flags(flags: u8, version: ProtocolVersion) -> Result<(), DecodeFault> {
    if flags & PASSWORD != 0 && flags & USER_NAME == 0 && !version.has_properties() {
        return Err(DecodeFault::PasswordWithoutUserName);
    }
    // 3.1 leaves open what stands in bits that it does not use.
    if version == ProtocolVersion::V3_1 {
        return Ok(());
    }
    if flags & RESERVED != 0 {
        return Err(DecodeFault::ConnectFlagReserved);
    }
    if flags & WILL == 0 && flags & WILL_QOS != 0 {
        return Err(DecodeFault::WillQoSWithoutWill);
    }
    if flags & WILL == 0 && flags & WILL_RETAIN != 0 {
        return Err(DecodeFault::WillRetainWithoutWill);
    }
    Ok(())
}

fn read_properties<'a>(
    reader: &mut Reader<'a>,
    owner: PropertyOwner,
    options: &DecodeOptions,
) -> Result<Properties<'a>, DecodeFault> {
    if options.version.has_properties() {
        Properties::read(reader, owner, options.properties_max)
    } else {
        Ok(Properties::EMPTY)
    }
}

/// Spec: 3.1.2.11.10.
fn check_authentication(properties: Properties<'_>) -> Result<(), DecodeFault> {
    if properties.contains(PropertyIdentifier::AuthenticationData)
        && !properties.contains(PropertyIdentifier::AuthenticationMethod)
    {
        return Err(DecodeFault::AuthenticationDataAlone);
    }
    Ok(())
}

/// Spec: MQTT 3.1, 3.1 (1 to 23 characters); MQTT 3.1.1, 3.1.3.1 [MQTT-3.1.3-7].
fn is_client_identifier_valid(client_identifier: &str, clean_start: bool, version: ProtocolVersion) -> bool {
    match version {
        ProtocolVersion::V3_1 => (1..=23).contains(&client_identifier.chars().count()),
        ProtocolVersion::V3_1_1 => clean_start || !client_identifier.is_empty(),
        ProtocolVersion::V5_0 => true,
    }
}

fn string_len(text: &str) -> Result<usize, EncodeError> {
    if has_null(text) { Err(EncodeError::StringHasNull) } else { binary_len(text.as_bytes()) }
}

fn binary_len(bytes: &[u8]) -> Result<usize, EncodeError> {
    if bytes.len() > FIELD_SIZE_BYTES_MAX { Err(EncodeError::FieldTooLong) } else { Ok(2 + bytes.len()) }
}

const OWNER: PropertyOwner = PropertyOwner::Packet(PacketType::Connect);

/// The Connect Flags. Spec: 3.1.2.3, figure 3-4.
const RESERVED: u8 = 0x01;
const CLEAN_START: u8 = 0x02;
const WILL: u8 = 0x04;
const WILL_QOS: u8 = 0x18;
const WILL_QOS_SHIFT: u8 = 3;
const WILL_RETAIN: u8 = 0x20;
const PASSWORD: u8 = 0x40;
const USER_NAME: u8 = 0x80;
