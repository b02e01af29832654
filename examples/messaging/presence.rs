//! Who is there: `presence NAME [PATIENCE]`. Prints everybody who is, comes and goes, until its input ends.
//!
//! Who loses the connection counts as present for PATIENCE seconds (10): a tunnel, or a change of networks, does not show.
#![expect(clippy::print_stdout, reason = "a program for the console")]

use core::time::Duration;
use polymqtt::{Client, ClientOptions, Message, Publication, QoS};
use std::collections::HashMap;
use std::io::BufRead;
use std::process::ExitCode;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("presence: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn core::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().ok_or("usage: presence NAME [PATIENCE]")?;
    let patience = Duration::from_secs(arguments.next().map_or(Ok(10), |seconds| seconds.parse())?);
    let broker = std::env::var("BROKER").unwrap_or_else(|_| "mqtt://localhost:1883".to_owned());
    let mine = format!("presence/{name}");

    // Both are retained, so that whoever comes later learns the state of everybody.
    let announce = mine.clone();
    let will = Publication::new(&mine, "offline").with_qos(QoS::AtLeastOnce).with_retained(true);
    let options = ClientOptions::new()
        .add_broker(&broker)
        .set_client_id(format!("presence-{name}"))
        // The broker waits with the will, and drops it when the client is back; the session has to live as long.
        .set_will_publication(will, patience)
        .set_session_expiry(2 * patience)
        .set_connection_lost_handler(|_, lost| println!("{lost}"))
        // After each connection: the will of the former one may have been published.
        .set_on_connect_handler(move |client, _| {
            println!("connected");
            drop(client.publish(&announce, QoS::AtLeastOnce, true, "online"));
        });
    let client = Client::new(options)?;
    client.connect().wait()?;

    let mut known = HashMap::new();
    let print_changes = move |_: &Client, message: Message| {
        let (name, state) = (message.capture("name").unwrap_or_default(), message.text().unwrap_or_default());
        if known.insert(name.to_owned(), state.to_owned()).as_deref() != Some(state) {
            println!("{name} is {state}");
        }
    };
    client.subscribe_with("presence/+name", QoS::AtLeastOnce, print_changes).wait()?;

    for line in std::io::stdin().lock().lines() {
        // A crash leaves the last word to the will; so does a cut cable.
        if line? == "crash" {
            std::process::abort();
        }
    }
    client.publish(&mine, QoS::AtLeastOnce, true, "offline").wait()?;
    client.disconnect().wait()?;
    Ok(())
}
