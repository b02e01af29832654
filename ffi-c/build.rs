//! The name that programs find libmqtt.so by, and a fresh polymqtt.h for the test that compares it with the committed one.

fn main() -> Result<(), Box<dyn core::error::Error>> {
    println!("cargo:rerun-if-changed=src");
    println!("cargo:rerun-if-changed=cbindgen.toml");
    if std::env::var("CARGO_CFG_TARGET_OS")? == "linux" {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libmqtt.so.0");
    }
    let header = std::path::PathBuf::from(std::env::var("OUT_DIR")?).join("polymqtt.h");
    let config = cbindgen::Config::from_file("cbindgen.toml")?;
    cbindgen::Builder::new().with_crate(".").with_config(config).generate()?.write_to_file(&header);
    println!("cargo:rustc-env=POLYMQTT_GENERATED_HEADER={}", header.display());
    Ok(())
}
