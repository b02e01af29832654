//! `polymqtt rr`.

use super::ending::{self, Code, FAILURE, SUCCESS};
use super::journal::Journal;
use super::output::{Complaints, Printer};
use super::publish::{payload, publication};
use super::settings::Settings;
use super::stop::Stop;
use super::subscribe::{leave, options, options_byte, send, show, with_properties};
use polymqtt::{Client, Subscribe};

/// Sends the request once the response can come, and prints the response.
pub(super) async fn run(settings: &Settings, client: &Client, stop: &mut Stop, journal: &mut Journal) -> Code {
    let end = stop.or(ask(settings, client, journal)).await;
    leave(settings, client, end, journal).await
}

async fn ask(settings: &Settings, client: &Client, journal: &mut Journal) -> Code {
    let (Some(source), Some(response_topic)) = (&settings.source, &settings.response_topic) else { return FAILURE };
    let payload = match payload(source).await {
        Ok(payload) => payload,
        Err(code) => return code,
    };
    journal.connecting();
    match client.connect().await {
        Ok(connected) => journal.connected(&connected),
        Err(error) => return ending::of_error(&error, settings),
    }
    journal.subscribing(core::iter::once(response_topic.as_str()), settings.qos, options_byte(settings));
    let filters = Subscribe::with_options(response_topic.as_str(), options(settings));
    let subscription = match client.subscribe_to(with_properties(settings, filters)).await {
        Ok(subscription) => subscription,
        Err(error) => return ending::of_error(&error, settings),
    };
    journal.subscribed(subscription.reason_codes());
    if let Some(refused) = subscription.reason_codes().iter().find(|code| code.is_error()) {
        Complaints::new(settings).say(refused.name());
        return FAILURE;
    }
    let len = payload.len();
    let mut publication = publication(settings, payload);
    if settings.protocol_version.has_properties() {
        publication = publication.with_response_topic(response_topic);
    }
    journal.publishing(settings.topics.first().map_or("", String::as_str), settings.qos, false, len);
    if let Err(code) = send(settings, client, publication).await {
        return code;
    }
    let mut printer = Printer::new(settings);
    match subscription.next().await {
        Some(message) if show(settings, &mut printer, &message, false) => SUCCESS,
        _ => ending::CONNECTION_LOST,
    }
}
