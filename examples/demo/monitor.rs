//! Listens to everything in the house, and counts it.

use std::collections::BTreeMap;

use polymqtt::{Client, ClientOptions, QoS};

fn main() -> Result<(), Box<dyn core::error::Error>> {
    let broker = std::env::var("BROKER").unwrap_or_else(|_| String::from("mqtt://localhost:1883"));
    let client = Client::new(ClientOptions::new().add_broker(&broker).set_client_id("monitor"))?;
    client.connect().wait()?;
    let house = client.subscribe("home/#", QoS::ExactlyOnce).wait()?;
    println!("listening to home/#");

    let mut counts = BTreeMap::<String, u32>::new();
    while let Some(message) = house.recv() {
        *counts.entry(message.topic().to_owned()).or_default() += 1;
        if message.topic().ends_with("/status") && message.text() == Some("offline") && !message.retained() {
            break;
        }
    }
    for (topic, count) in counts {
        println!("{count:>4} x {topic}");
    }
    client.disconnect().wait()?;
    Ok(())
}
