//! Who is there: `presence NAME`. Prints everybody who is, comes and goes, until its input ends.
#![expect(clippy::print_stdout, reason = "a program for the console")]

use polymqtt::{Client, ClientOptions, QoS};
use std::io::BufRead;

fn main() -> Result<(), Box<dyn core::error::Error>> {
    let name = std::env::args().nth(1).ok_or("usage: presence NAME")?;
    let broker = std::env::var("BROKER").unwrap_or_else(|_| "mqtt://localhost:1883".to_owned());
    let mine = format!("presence/{name}");

    // Both are retained, so that whoever comes later learns the state of everybody.
    let announce = mine.clone();
    let options = ClientOptions::new()
        .add_broker(&broker)
        .set_client_id(format!("presence-{name}"))
        .set_will(&mine, "offline", QoS::AtLeastOnce, true)
        // After each connection: the will of the former one may have been published.
        .set_on_connect_handler(move |client, _| {
            drop(client.publish(&announce, QoS::AtLeastOnce, true, "online"));
        });
    let client = Client::new(options)?;
    client.connect().wait()?;

    let print = |_: &Client, message: polymqtt::Message| {
        println!("{} is {}", message.capture("name").unwrap_or_default(), message.text().unwrap_or_default());
    };
    client.subscribe_with("presence/+name", QoS::AtLeastOnce, print).wait()?;

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
