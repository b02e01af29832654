//! A chat room: `chat NAME ROOM`. Lines from the console go to the room; what others say is printed.
//!
//! The session outlives the program for a week, so that nothing is lost that is said while one is away.
#![expect(clippy::print_stdout, reason = "a program for the console")]

use core::time::Duration;
use polymqtt::{Client, ClientOptions, Publication, QoS, Subscribe};
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
        .set_session_expiry(WEEK);
    let client = Client::new(options)?;

    // Before connecting: what the session has kept comes at once.
    client.add_route("chat/+room", |_, message| {
        let from = message.user_properties().find(|(name, _)| *name == "from").map_or("somebody", |(_, from)| from);
        println!("[{}] {from}: {}", message.capture("room").unwrap_or_default(), message.text().unwrap_or_default());
    })?;
    let connected = client.connect().wait()?;
    println!("{} {room} as {name}", if connected.session_present { "back in" } else { "entered" });

    let topic = format!("chat/{room}");
    // The route above takes the messages; what one says oneself does not come back.
    let subscribe = Subscribe::new(&topic, QoS::AtLeastOnce).with_no_local(true);
    drop(client.subscribe_to(subscribe).wait()?);

    for line in std::io::stdin().lock().lines() {
        let said = Publication::new(&topic, line?).with_qos(QoS::AtLeastOnce).with_user_property("from", &name);
        client.publish_with(said).wait()?;
    }
    client.disconnect().wait()?;
    Ok(())
}
