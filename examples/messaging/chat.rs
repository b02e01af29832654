//! A chat room: `chat NAME ROOM`. Lines from the console go to the room; what others say is printed, and who has seen
//! what one has said.
//!
//! The session outlives the program for a week, so that nothing is lost that is said while one is away, and QoS 2 brings
//! it exactly once.
#![expect(clippy::print_stdout, reason = "a program for the console")]

use core::time::Duration;
use polymqtt::{Client, ClientOptions, Message, Publication, QoS, Subscribe};
use std::io::BufRead;
use std::process::ExitCode;

const WEEK: Duration = Duration::from_hours(7 * 24);

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chat: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn core::error::Error>> {
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
        .set_connection_lost_handler(|_, lost| eprintln!("chat: {lost}"));
    let client = Client::new(options)?;

    // Before connecting: what the session has kept comes at once.
    let topic = format!("chat/{room}");
    let receipts = format!("chat-seen/{name}");
    let reader = name.clone();
    client.add_route("chat/+room", move |client, message| show(client, &message, &reader))?;
    client.add_route(&receipts, |_, message| show_receipt(&message))?;
    let connected = client.connect().wait()?;

    // The routes above take the messages; what one says oneself does not come back.
    let filters = [(&topic, QoS::ExactlyOnce), (&receipts, QoS::ExactlyOnce)];
    drop(client.subscribe_to(Subscribe::multiple(filters).with_no_local(true)).wait()?);
    println!("{} {room} as {name}", if connected.session_present { "back in" } else { "entered" });

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
fn show(client: &Client, message: &Message, reader: &str) {
    let from = message.user_properties().find(|(name, _)| *name == "from").map_or("somebody", |(_, from)| from);
    println!("[{}] {from}: {}", message.capture("room").unwrap_or_default(), message.text().unwrap_or_default());
    // Nothing waits for it: it goes out with the next bytes, also when the program is about to end.
    drop(client.respond(message, reader.to_owned()));
}

/// Prints who has seen what.
fn show_receipt(message: &Message) {
    let said = message.correlation_data().map(String::from_utf8_lossy).unwrap_or_default();
    println!("{} has seen: {said}", message.text().unwrap_or_default());
}
