#!/usr/bin/env bash
# Installs libmqtt.a, libmqtt.so, polymqtt.h and polymqtt.pc: install.sh PREFIX [FOLDER OF THE LIBRARIES]
# Build them first: cargo build --release -p polymqtt-c
set -eu
prefix=$(realpath -m "$1")
here=$(cd "$(dirname "$0")" && pwd)
built=${2:-$here/../target/release}
version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$here/../Cargo.toml" | head -1)
mkdir -p "$prefix/lib/pkgconfig" "$prefix/include"
cp "$here/include/polymqtt.h" "$prefix/include/"
cp "$built/libmqtt.a" "$prefix/lib/"
cp "$built/libmqtt.so" "$prefix/lib/libmqtt.so.$version"
ln -sf "libmqtt.so.$version" "$prefix/lib/libmqtt.so.0"
ln -sf libmqtt.so.0 "$prefix/lib/libmqtt.so"
sed -e "s|@PREFIX@|$prefix|" -e "s|@VERSION@|$version|" "$here/polymqtt.pc.in" > "$prefix/lib/pkgconfig/polymqtt.pc"
