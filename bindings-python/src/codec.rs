//! The codec and topics for Python: values, properties, bytes.

use crate::error::{decode_error, encode_error, topic_error, usage_error};
use crate::packet::{packet_to_py, with_packet};
use bytes::Bytes;
use polymqtt_core::codec::{
    self, DecodeOptions, Properties, PropertiesBuf, Property, PropertyIdentifier, PropertyType, PropertyValue, Side,
    text,
};
use polymqtt_core::topic::{self, TopicFilter, TopicName, TopicPattern};
use polymqtt_core::{PacketIdentifier, ProtocolVersion, QoS, ReasonCode};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyList, PyString};

// ---------------------------------------------------------------------------------------------------------------- values

/// 3, 4 or 5 (also "3.1", "3.1.1", "5.0") as a protocol version.
pub(crate) fn version_from_py(version: &Bound<'_, PyAny>) -> PyResult<ProtocolVersion> {
    if let Ok(level) = version.extract::<u8>()
        && let Some(version) = ProtocolVersion::from_u8(level)
    {
        return Ok(version);
    }
    match version.extract::<String>().as_deref() {
        Ok("3.1") => Ok(ProtocolVersion::V3_1),
        Ok("3.1.1") => Ok(ProtocolVersion::V3_1_1),
        Ok("5.0" | "5") => Ok(ProtocolVersion::V5_0),
        _ => Err(PyValueError::new_err(format!(
            "version {version}: use 3 (MQTT 3.1), 4 (MQTT 3.1.1) or 5 (MQTT 5.0), or the names \"3.1\", \"3.1.1\", \"5.0\""
        ))),
    }
}

/// 0, 1 or 2 as a QoS.
pub(crate) fn qos_from_py(qos: u8) -> PyResult<QoS> {
    QoS::from_u8(qos).ok_or_else(|| PyValueError::new_err(format!("qos {qos}: a QoS is 0, 1 or 2 (MQTT 5.0, 4.3)")))
}

/// A payload: anything with a buffer of bytes, or text as UTF-8.
pub(crate) fn payload_from_py(payload: &Bound<'_, PyAny>) -> PyResult<Bytes> {
    if let Ok(bytes) = payload.cast::<PyBytes>() {
        return Ok(Bytes::copy_from_slice(bytes.as_bytes()));
    }
    if let Ok(text) = payload.cast::<PyString>() {
        return Ok(Bytes::copy_from_slice(text.to_cow()?.as_bytes()));
    }
    if payload.is_none() {
        return Ok(Bytes::new());
    }
    match payload.py().get_type::<PyBytes>().call1((payload,)) {
        // `bytes(5)` would be five zero bytes: a number is not a payload.
        Ok(bytes) if !payload.is_instance_of::<pyo3::types::PyInt>() => {
            Ok(Bytes::copy_from_slice(bytes.cast::<PyBytes>()?.as_bytes()))
        }
        _ => Err(PyTypeError::new_err(format!(
            "a payload is bytes or str, not {}: convert it first, for example with str() or json.dumps()",
            payload.get_type().name()?
        ))),
    }
}

/// A member of the Python enum `ReasonCode`.
pub(crate) fn reason_code_to_py(py: Python<'_>, reason_code: ReasonCode) -> PyResult<Bound<'_, PyAny>> {
    static ENUM: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let class =
        ENUM.get_or_try_init(py, || py.import("polymqtt._reason_code")?.getattr("ReasonCode").map(Bound::unbind))?;
    class.bind(py).call1((reason_code.as_u8(),))
}

pub(crate) fn reason_code_from_py(value: &Bound<'_, PyAny>) -> PyResult<ReasonCode> {
    let value: u8 = value.extract()?;
    ReasonCode::from_u8(value)
        .ok_or_else(|| PyValueError::new_err(format!("0x{value:02X} is not a Reason Code (MQTT 5.0, 2.4)")))
}

pub(crate) fn packet_identifier_from_py(value: u16) -> PyResult<PacketIdentifier> {
    PacketIdentifier::new(value)
        .ok_or_else(|| PyValueError::new_err("packet_identifier 0: it is 1 to 65535 (MQTT 5.0, 2.2.1)"))
}

// ------------------------------------------------------------------------------------------------------------ properties

/// Whether a property of type Byte is a flag in Python: all but Maximum QoS.
fn is_flag(identifier: PropertyIdentifier) -> bool {
    identifier.property_type() == PropertyType::Byte && identifier != PropertyIdentifier::MaximumQoS
}

fn is_list(identifier: PropertyIdentifier) -> bool {
    matches!(identifier, PropertyIdentifier::UserProperty | PropertyIdentifier::SubscriptionIdentifier)
}

/// Properties as a dict by name.
pub(crate) fn properties_to_py<'py>(py: Python<'py>, properties: Properties<'_>) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for property in properties {
        let identifier = property.identifier();
        let value = property_value_to_py(py, property)?;
        if is_list(identifier) {
            match dict.get_item(identifier.name())? {
                Some(list) => list.cast::<PyList>()?.append(value)?,
                None => dict.set_item(identifier.name(), PyList::new(py, [value])?)?,
            }
        } else {
            dict.set_item(identifier.name(), value)?;
        }
    }
    Ok(dict)
}

fn property_value_to_py<'py>(py: Python<'py>, property: Property<'_>) -> PyResult<Bound<'py, PyAny>> {
    let identifier = property.identifier();
    Ok(match property.value() {
        PropertyValue::Byte(value) if is_flag(identifier) => (value != 0).into_pyobject(py)?.to_owned().into_any(),
        PropertyValue::Byte(value) => value.into_pyobject(py)?.into_any(),
        PropertyValue::TwoByteInteger(value) => value.into_pyobject(py)?.into_any(),
        PropertyValue::FourByteInteger(value) | PropertyValue::VariableByteInteger(value) => {
            value.into_pyobject(py)?.into_any()
        }
        PropertyValue::Utf8String(value) => PyString::new(py, value).into_any(),
        PropertyValue::Utf8StringPair(name, value) => (name, value).into_pyobject(py)?.into_any(),
        PropertyValue::BinaryData(value) => PyBytes::new(py, value).into_any(),
    })
}

/// A dict of properties, or None, in wire form.
pub(crate) fn properties_from_py(properties: Option<&Bound<'_, PyAny>>) -> PyResult<PropertiesBuf> {
    let mut buf = PropertiesBuf::new();
    let Some(properties) = properties.filter(|p| !p.is_none()) else { return Ok(buf) };
    let dict = properties
        .cast::<PyDict>()
        .map_err(|_| PyTypeError::new_err("properties are a dict, for example {\"message_expiry_interval\": 60}"))?;
    for (name, value) in dict {
        let name = name.extract::<String>()?;
        let identifier = PropertyIdentifier::from_name(&name)
            .ok_or_else(|| PyValueError::new_err(format!("there is no property {name:?} (MQTT 5.0, 2.2.2.2)")))?;
        push_property(&mut buf, identifier, &value)?;
    }
    Ok(buf)
}

/// Adds a property with a Python value; None is left out, a list stands for several of them.
pub(crate) fn push_property(
    buf: &mut PropertiesBuf,
    identifier: PropertyIdentifier,
    value: &Bound<'_, PyAny>,
) -> PyResult<()> {
    if value.is_none() {
        return Ok(());
    }
    if is_list(identifier) {
        if let Ok(list) = value.cast::<PyList>() {
            return list.iter().try_for_each(|item| push_one_property(buf, identifier, &item));
        }
        if let Ok(pairs) = value.cast::<PyDict>() {
            return pairs.items().iter().try_for_each(|item| push_one_property(buf, identifier, &item));
        }
    }
    push_one_property(buf, identifier, value)
}

fn push_one_property(
    buf: &mut PropertiesBuf,
    identifier: PropertyIdentifier,
    value: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let wrong = |e: PyErr| PyTypeError::new_err(format!("property {}: {e}", identifier.name()));
    let mut push = |value: PropertyValue<'_>| {
        let property = Property::from_value(identifier, value)
            .ok_or_else(|| PyValueError::new_err(format!("property {}: out of range", identifier.name())))?;
        buf.push(property).map_err(encode_error)
    };
    match identifier.property_type() {
        PropertyType::Byte => {
            let byte = value.extract::<bool>().map(u8::from).or_else(|_| value.extract::<u8>()).map_err(wrong)?;
            push(PropertyValue::Byte(byte))
        }
        PropertyType::TwoByteInteger => push(PropertyValue::TwoByteInteger(value.extract().map_err(wrong)?)),
        PropertyType::FourByteInteger => push(PropertyValue::FourByteInteger(value.extract().map_err(wrong)?)),
        PropertyType::VariableByteInteger => push(PropertyValue::VariableByteInteger(value.extract().map_err(wrong)?)),
        PropertyType::Utf8String => push(PropertyValue::Utf8String(&value.extract::<String>().map_err(wrong)?)),
        PropertyType::Utf8StringPair => {
            let (name, value) = value.extract::<(String, String)>().map_err(wrong)?;
            push(PropertyValue::Utf8StringPair(&name, &value))
        }
        PropertyType::BinaryData => push(PropertyValue::BinaryData(&payload_from_py(value)?)),
    }
}

// ---------------------------------------------------------------------------------------------------------------- topics

pub(crate) fn topic_name_from_py(topic: &str) -> PyResult<TopicName<'_>> {
    TopicName::new(topic).map_err(|e| topic_error(&e.describe_name(topic), Some(e.statement())))
}

pub(crate) fn topic_filter_from_py(filter: &str) -> PyResult<TopicFilter<'_>> {
    TopicFilter::new(filter).map_err(|e| topic_error(&e.describe_filter(filter), Some(e.statement())))
}

/// A Topic Filter of a packet: `$share` means something from 5.0 on only.
pub(crate) fn packet_filter_from_py(filter: &str, version: ProtocolVersion) -> PyResult<TopicFilter<'_>> {
    if version.has_properties() {
        return topic_filter_from_py(filter);
    }
    TopicFilter::plain(filter).map_err(|e| topic_error(&e.describe_filter(filter), Some(e.fault().statement_v3())))
}

/// A Topic Filter whose `+` and `#` may have names.
pub(crate) fn pattern_from_py(pattern: &str) -> PyResult<TopicPattern> {
    TopicPattern::new(pattern).map_err(|error| topic_error(&error.describe(pattern), error.statement()))
}

/// Whether a Topic Filter matches a Topic Name (MQTT 5.0, 4.7). Raises TopicError when one of them is not valid.
#[pyfunction]
#[pyo3(signature = (topic_filter, topic, /))]
pub(crate) fn matches(topic_filter: &str, topic: &str) -> PyResult<bool> {
    Ok(topic::matches(topic_filter_from_py(topic_filter)?, topic_name_from_py(topic)?))
}

/// What the named levels of a pattern such as "cmd/+room/#rest" are in a topic; None if it does not match.
#[pyfunction]
#[pyo3(signature = (pattern, topic, /))]
pub(crate) fn match_pattern<'py>(py: Python<'py>, pattern: &str, topic: &str) -> PyResult<Option<Bound<'py, PyDict>>> {
    let parsed = pattern_from_py(pattern)?;
    let Some(found) = parsed.captures(topic_name_from_py(topic)?) else { return Ok(None) };
    let captures = PyDict::new(py);
    for (name, value) in found {
        captures.set_item(name, value)?;
    }
    Ok(Some(captures))
}

// ----------------------------------------------------------------------------------------------------------------- bytes

/// What the keyword arguments of `decode` and `Decoder` say.
fn decode_options(version: Option<&Bound<'_, PyAny>>, limits: Option<&Bound<'_, PyDict>>) -> PyResult<DecodeOptions> {
    let mut options = DecodeOptions { version: version_or_default(version)?, ..DecodeOptions::default() };
    for (name, value) in limits.into_iter().flatten() {
        let name: String = name.extract()?;
        if value.is_none() {
            continue;
        }
        match name.as_str() {
            "sender" => {
                options.sender = match value.extract::<String>()?.as_str() {
                    "client" => Some(Side::Client),
                    "server" => Some(Side::Server),
                    other => {
                        let message = format!("sender {other:?}: it is \"client\", \"server\" or None");
                        return Err(usage_error(&message));
                    }
                }
            }
            "packet_size_max" => options.packet_size_max = value.extract()?,
            "properties_max" => options.properties_max = value.extract()?,
            "topic_levels_max" => options.topic_levels_max = value.extract()?,
            _ => return Err(usage_error(&format!("there is no option {name:?} of the decoder"))),
        }
    }
    Ok(options)
}

/// The first Control Packet of some bytes and how many bytes it takes; None if more bytes are needed.
#[pyfunction]
#[pyo3(signature = (data, version=None, **limits))]
pub(crate) fn decode<'py>(
    py: Python<'py>,
    data: &[u8],
    version: Option<&Bound<'py, PyAny>>,
    limits: Option<&Bound<'py, PyDict>>,
) -> PyResult<Option<(Bound<'py, PyAny>, usize)>> {
    let options = decode_options(version, limits)?;
    match codec::decode(data, &options).map_err(decode_error)? {
        Some((packet, len)) => Ok(Some((packet_to_py(py, &packet)?, len))),
        None => Ok(None),
    }
}

/// The bytes of a Control Packet.
#[pyfunction]
#[pyo3(signature = (packet, version=None))]
pub(crate) fn encode<'py>(
    packet: &Bound<'py, PyAny>,
    version: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let version = version_or_default(version)?;
    let mut out = Vec::new();
    with_packet(packet, version, |packet| packet.encode(version, &mut out))?.map_err(encode_error)?;
    Ok(PyBytes::new(packet.py(), &out))
}

/// How many bytes a Control Packet takes.
#[pyfunction]
#[pyo3(signature = (packet, version=None))]
pub(crate) fn encoded_len(packet: &Bound<'_, PyAny>, version: Option<&Bound<'_, PyAny>>) -> PyResult<usize> {
    let version = version_or_default(version)?;
    with_packet(packet, version, |packet| packet.encoded_len(version))?.map_err(encode_error)
}

/// The canonical text of a Control Packet: one line, the same in every language.
#[pyfunction]
#[pyo3(signature = (packet, version=None))]
pub(crate) fn canonical_text(packet: &Bound<'_, PyAny>, version: Option<&Bound<'_, PyAny>>) -> PyResult<String> {
    let version = version_or_default(version)?;
    let mut line = String::new();
    with_packet(packet, version, |packet| text::write(packet, version, &mut line))?
        .map_err(|_| PyValueError::new_err("this packet has no text"))?;
    Ok(line)
}

fn version_or_default(version: Option<&Bound<'_, PyAny>>) -> PyResult<ProtocolVersion> {
    version.map_or(Ok(ProtocolVersion::V5_0), version_from_py)
}

/// Decodes a stream of bytes, in whatever pieces it comes.
#[pyclass(module = "polymqtt.codec")]
#[derive(Debug)]
pub(crate) struct Decoder {
    decoder: codec::Decoder,
}

#[pymethods]
impl Decoder {
    #[new]
    #[pyo3(signature = (version=None, **limits))]
    fn new(version: Option<&Bound<'_, PyAny>>, limits: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let options = decode_options(version, limits)?;
        Ok(Self { decoder: codec::Decoder::new(options) })
    }

    /// The packets that these bytes complete. A stream that breaks the standard raises DecodeError, now and in every
    /// further call; packets before the fault are given out first.
    fn feed<'py>(&mut self, py: Python<'py>, data: &[u8]) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let mut input = data;
        let mut packets = Vec::new();
        loop {
            match self.decoder.next(&mut input) {
                Ok(Some(packet)) => packets.push(packet_to_py(py, &packet)?),
                Err(error) if packets.is_empty() => return Err(decode_error(error)),
                Ok(None) | Err(_) => return Ok(packets),
            }
        }
    }
}
