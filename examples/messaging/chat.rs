//! A chat room: `chat NAME ROOM`. Lines from the console go to the room; what others say is printed, and who has seen
//! what one has said.
//!
//! The session outlives the program for a week, so that nothing is lost that is said while one is away, and QoS 2 brings
//! it exactly once.
#![expect(clippy::print_stdout, reason = "a program for the console")]

use core::time::Duration;
use polymqtt::{Client, ClientOptions, Error, Message, Publication, QoS, Subscribe};
use std::io::BufRead;

const WEEK: Duration = Duration::from_hours(7 * 24);

fn main() -> Result<(), Box<dyn core::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(name), Some(room)) = (arguments.next(), arguments.next()) else {
        return Err("usage: chat NAME ROOM".into());
    };
    let broker = std::env::var("BROKER").unwrap_or_else(|_| "mqtt://localhost:1883".to_owned());
    let options = ClientOptions::new()
        .add_broker(&broker)
        .set_client_id(format!("chat-{name}"))
        .set_clean_start(false)
        .set_session_expiry(WEEK)
        // A message counts as delivered when its receipt is on its way; until then the broker keeps it.
        .set_manual_acknowledgement(true);
    let client = Client::new(options)?;

    // Before connecting: what the session has kept comes at once.
    let topic = format!("chat/{room}");
    let receipts = format!("chat-seen/{name}");
    let reader = name.clone();
    client.add_route("chat/+room", move |client, message| told(show(client, &message, &reader)))?;
    client.add_route(&receipts, |_, message| told(show_receipt(&message)))?;
    let connected = client.connect().wait()?;
    println!("{} {room} as {name}", if connected.session_present { "back in" } else { "entered" });

    // The routes above take the messages; what one says oneself does not come back.
    let filters = [(&topic, QoS::ExactlyOnce), (&receipts, QoS::ExactlyOnce)];
    drop(client.subscribe_to(Subscribe::multiple(filters).with_no_local(true)).wait()?);

    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let said = Publication::new(&topic, line.clone())
            .with_qos(QoS::ExactlyOnce)
            .with_user_property("from", &name)
            // Where receipts go, and what each of them brings back so that we know what it is about.
            .with_response_topic(&receipts)
            .with_correlation_data(line.as_bytes());
        client.publish_with(said).wait()?;
    }
    client.disconnect().wait()?;
    Ok(())
}

/// Prints what somebody has said, and lets him know.
fn show(client: &Client, message: &Message, reader: &str) -> Result<(), Error> {
    let from = message.user_properties().find(|(name, _)| *name == "from").map_or("somebody", |(_, from)| from);
    println!("[{}] {from}: {}", message.capture("room").unwrap_or_default(), message.text().unwrap_or_default());
    if message.response_topic().is_none() {
        return message.acknowledge();
    }
    let receipt = client.respond(message, reader.to_owned());
    // Before waiting: the console may end the program meanwhile, and the session keeps the receipt.
    message.acknowledge()?;
    receipt.wait().map(drop)
}

/// Prints who has seen what.
fn show_receipt(message: &Message) -> Result<(), Error> {
    let said = message.correlation_data().map(String::from_utf8_lossy).unwrap_or_default();
    println!("{} has seen: {said}", message.text().unwrap_or_default());
    message.acknowledge()
}

/// A handler has nobody to return an error to.
fn told(result: Result<(), Error>) {
    if let Err(error) = result {
        eprintln!("chat: {error}");
    }
}
