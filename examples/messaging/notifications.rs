//! System notifications.
//!
//! - `notifications send SEVERITY SERVICE TEXT` sends one that is worth something for an hour;
//! - `notifications watch SEVERITY` prints those of one severity (or `+` for all of them), until its input ends;
//! - `notifications work SEVERITY` does the same together with all others that work: each notification goes to one.
#![expect(clippy::print_stdout, reason = "a program for the console")]

use core::time::Duration;
use polymqtt::{Client, ClientOptions, Message, Publication, QoS};
use std::process::ExitCode;

const HOUR: Duration = Duration::from_hours(1);

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("notifications: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn core::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let broker = std::env::var("BROKER").unwrap_or_else(|_| "mqtt://localhost:1883".to_owned());
    let client = Client::new(ClientOptions::new().add_broker(&broker))?;
    client.connect().wait()?;
    match arguments[..] {
        ["send", severity, service, text] => send(&client, severity, service, text)?,
        ["watch", severity] => watch(&client, format!("notify/{severity}/+service"))?,
        ["work", severity] => watch(&client, format!("$share/workers/notify/{severity}/+service"))?,
        _ => return Err("usage: notifications send SEVERITY SERVICE TEXT | watch SEVERITY | work SEVERITY".into()),
    }
    client.disconnect().wait()?;
    Ok(())
}

fn send(client: &Client, severity: &str, service: &str, text: &str) -> Result<(), polymqtt::Error> {
    let notification = Publication::new(format!("notify/{severity}/{service}"), text.to_owned())
        .with_qos(QoS::AtLeastOnce)
        .with_text_format()
        .with_expiry(HOUR)
        .with_user_property("host", &std::env::var("HOSTNAME").unwrap_or_else(|_| "unknown".to_owned()));
    let published = client.publish_with(notification).wait()?;
    println!("sent: {}", published.reason_code.name());
    Ok(())
}

fn watch(client: &Client, filter: String) -> Result<(), Box<dyn core::error::Error>> {
    let print = |_: &Client, message: Message| {
        let service = message.capture("service").unwrap_or_default();
        let host = message.user_properties().find(|(name, _)| *name == "host").map_or("unknown", |(_, host)| host);
        println!("{service} on {host}: {}", message.text().unwrap_or_default());
    };
    client.subscribe_with(filter, QoS::AtLeastOnce, print).wait()?;
    println!("ready");
    std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink())?;
    Ok(())
}
