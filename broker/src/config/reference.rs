//! The table of every key, as `docs/broker.md` shows it.

use super::{BrokerConfig, KEYS, ValueKind};
use core::fmt::Write;

/// A Markdown table of every key with its flag, its environment variable and its default.
pub fn reference() -> String {
    let defaults = BrokerConfig::default();
    let mut table = String::from("| Key | Flag | Variable | Default | Meaning |\n|---|---|---|---|---|\n");
    for key in KEYS {
        let value = if key.kind == ValueKind::Flag { "[=BOOL]".into() } else { format!(" {}", key.value_name) };
        let default = match key.value_in(&defaults) {
            text if text.is_empty() => "not set".into(),
            text => format!("`{}`", text.replace(',', "`, `")),
        };
        let _ = writeln!(
            table,
            "| `{}` | `--{}{value}` | `{}` | {default} | {} |",
            key.name,
            key.flag(),
            key.variable(),
            key.help
        );
    }
    table
}
