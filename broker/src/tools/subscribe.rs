//! `polymqtt sub`.

use super::connect::disconnect_options;
use super::ending::{self, Code, SUCCESS, TIMED_OUT};
use super::journal::Journal;
use super::message::Received;
use super::output::{Complaints, Printer};
use super::settings::Settings;
use super::stop::Stop;
use polymqtt::{Client, Message, Publication, Subscribe, Subscription};
use polymqtt_core::codec::{PacketIdentifier, SubscriptionOptions};
use polymqtt_core::topic::{TopicFilter, TopicName, matches};
use tokio::sync::mpsc::UnboundedReceiver;

/// Subscribes and prints until there is a reason to end.
pub(super) async fn run(
    settings: &Settings,
    client: &Client,
    mut early: UnboundedReceiver<Message>,
    stop: &mut Stop,
    journal: &mut Journal,
) -> Code {
    let printing = async {
        journal.connecting();
        match client.connect().await {
            Ok(connected) => journal.connected(&connected),
            Err(error) => return ending::of_error(&error, settings),
        }
        let subscription = match subscribe(settings, client, journal).await {
            Ok(subscription) => subscription,
            Err(code) => return code,
        };
        if settings.exit_after_subscribe {
            return SUCCESS;
        }
        print(settings, client, subscription.as_ref(), &mut early, journal).await
    };
    let end = stop.or(printing).await;
    leave(settings, client, end, journal).await
}

pub(super) async fn send(settings: &Settings, client: &Client, publication: Publication) -> Result<(), Code> {
    match client.publish_with(publication).await {
        Ok(_) => Ok(()),
        Err(error) => Err(ending::of_error(&error, settings)),
    }
}

/// Takes leave, and says why where that is not as it should be.
pub(super) async fn leave(
    settings: &Settings,
    client: &Client,
    (code, with_will): (Code, bool),
    journal: &Journal,
) -> Code {
    if client.is_connected() {
        journal.leaving();
    }
    // There may be no connection to end.
    let _ = client.disconnect_with(disconnect_options(settings, with_will)).await;
    if code == TIMED_OUT {
        Complaints::new(settings).say("Timed out");
    }
    code
}

pub(super) fn options(settings: &Settings) -> SubscriptionOptions {
    let is_v5 = settings.protocol_version.has_properties();
    SubscriptionOptions {
        qos: settings.qos,
        no_local: false,
        retain_as_published: is_v5 && settings.retain_as_published,
        retain_handling: if is_v5 { settings.retain_handling } else { SubscriptionOptions::default().retain_handling },
    }
}

pub(super) fn with_properties(settings: &Settings, subscribe: Subscribe) -> Subscribe {
    use polymqtt_core::codec::Property;
    settings.properties.subscribe.iter().fold(subscribe, |subscribe, property| {
        #[expect(clippy::wildcard_enum_match_arm, reason = "no other property stands in a SUBSCRIBE")]
        match property.as_property() {
            Property::SubscriptionIdentifier(identifier) => subscribe.with_identifier(identifier),
            Property::UserProperty((name, value)) => subscribe.with_user_property(name, value),
            _ => subscribe,
        }
    })
}

/// The options without the QoS, as they stand on the wire. Spec: 3.8.3.1.
pub(super) fn options_byte(settings: &Settings) -> u8 {
    let options = options(settings);
    u8::from(options.retain_as_published) << 3 | (options.retain_handling as u8) << 4
}

async fn subscribe(settings: &Settings, client: &Client, journal: &mut Journal) -> Result<Option<Subscription>, Code> {
    let mut subscription = None;
    if let Some((first, others)) = settings.topics.split_first() {
        let filters = Subscribe::with_options(first.as_str(), options(settings));
        let filters = others.iter().fold(filters, |filters, other| filters.and(other.as_str(), options(settings)));
        journal.subscribing(settings.topics.iter().map(String::as_str), settings.qos, options_byte(settings));
        let granted = client.subscribe_to(with_properties(settings, filters)).await;
        let granted = granted.map_err(|error| ending::of_error(&error, settings))?;
        journal.subscribed(granted.reason_codes());
        if granted.reason_codes().iter().all(|reason_code| reason_code.is_error()) {
            Complaints::new(settings).say("All subscription requests were denied.");
            return Err(SUCCESS);
        }
        subscription = Some(granted);
    }
    if !settings.unsubscribe.is_empty() {
        journal.unsubscribing(&settings.unsubscribe);
        let unsubscribed = client.unsubscribe_multiple(&settings.unsubscribe).await;
        unsubscribed.map_err(|error| ending::of_error(&error, settings))?;
        journal.unsubscribed();
    }
    Ok(subscription)
}

async fn print(
    settings: &Settings,
    client: &Client,
    subscription: Option<&Subscription>,
    early: &mut UnboundedReceiver<Message>,
    journal: &Journal,
) -> Code {
    let mut printer = Printer::new(settings);
    let mut count = 0;
    loop {
        let subscribed = async {
            match subscription {
                Some(subscription) => subscription.next().await,
                None => core::future::pending().await,
            }
        };
        let message = tokio::select! {
            Some(message) = early.recv() => message,
            message = subscribed => match message {
                Some(message) => message,
                None => return ending::CONNECTION_LOST,
            },
        };
        journal.received(&message);
        if settings.retained_only && !message.retained() {
            return SUCCESS;
        }
        if is_left_out(settings, &message) {
            continue;
        }
        if settings.remove_retained && message.retained() {
            let removal = Publication::new(message.topic(), Vec::new()).with_qos(settings.qos).with_retained(true);
            if let Err(code) = send(settings, client, removal).await {
                return code;
            }
        }
        count += 1;
        // With `-d` the steps and the messages stand in their order.
        let more = !settings.debug && subscription.is_some_and(|subscription| !subscription.is_empty());
        if !show(settings, &mut printer, &message, more && Some(count) != settings.message_count) {
            // Nobody reads what we print.
            return SUCCESS;
        }
        if Some(count) == settings.message_count {
            return SUCCESS;
        }
    }
}

fn is_left_out(settings: &Settings, message: &Message) -> bool {
    let topic = TopicName::new(message.topic());
    let is_filtered = settings.filter_out.iter().any(|filter| {
        let (Ok(filter), Ok(topic)) = (TopicFilter::new(filter), topic) else { return false };
        matches(filter, topic)
    });
    let is_unlucky = settings.random_filter_percent.is_some_and(|percent| {
        // A share of 2^32, as the dice have it.
        let dice = f64::from(getrandom::u32().unwrap_or_default());
        dice / f64::from(u32::MAX) * 100.0 >= percent
    });
    (settings.no_retained && message.retained()) || is_filtered || is_unlucky
}

pub(super) fn show(settings: &Settings, printer: &mut Printer, message: &Message, more: bool) -> bool {
    let received = Received {
        topic: message.topic(),
        payload: message.payload(),
        qos: message.qos(),
        retain: message.retained(),
        packet_identifier: message.packet_identifier().map_or(0, PacketIdentifier::as_u16),
        properties: message.properties(),
    };
    match printer.print(&received, more) {
        Ok(()) => true,
        Err(error) => {
            if error.kind() != std::io::ErrorKind::BrokenPipe {
                Complaints::new(settings).say(format_args!("Error: standard output: {error}"));
            }
            false
        }
    }
}
