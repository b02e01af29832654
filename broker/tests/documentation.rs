//! `docs/broker.md` shows every key as it is defined.

use polymqtt_broker::config::reference;
use std::path::PathBuf;

const BEGIN: &str = "<!-- table -->\n";
const END: &str = "<!-- end of table -->";

/// With the environment variable `UPDATE` the table is written and not compared.
#[test]
fn the_table_of_keys_is_the_one_of_the_code() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/broker.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("the mark before the table");
    let (table, after) = rest.split_once(END).expect("the mark after the table");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, format!("{before}{BEGIN}{}{END}{after}", reference())).unwrap();
    } else {
        assert!(table == reference(), "the table differs: UPDATE=1 cargo test -p polymqtt-broker --test documentation");
    }
}

/// The example of the page is the one of the library, where it is compiled and run.
#[test]
fn the_example_is_one_that_works() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("../docs/broker.md")).unwrap();
    let (_, rest) = page.split_once("```rust\n").expect("an example");
    let (example, _) = rest.split_once("```").expect("its end");
    let library = std::fs::read_to_string(root.join("src/lib.rs")).unwrap();
    let lines = library.lines().filter_map(|line| line.strip_prefix("//!")).filter(|line| !line.starts_with(" #"));
    let lines: Vec<&str> = lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    let shown = lines.join("\n");
    assert!(shown.contains(example), "the example of docs/broker.md is not the one of broker/src/lib.rs");
}
