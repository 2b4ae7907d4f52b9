#!/bin/sh
# What must be there before `cargo xtask` can say anything itself: cargo, a linker, the crates, and
# the first build of xtask, which takes a minute and is therefore shown. `make` runs it every time.
set -u
cd "$(dirname "$0")/.." || exit 1

fail() {
    echo "$1" >&2
    exit 1
}

command -v cargo >/dev/null ||
    fail "cargo is not installed or not on PATH: install Rust with rustup, then open a new shell"

if ! command -v cc >/dev/null; then
    packages="gcc libc6-dev"
    command -v apt-get >/dev/null ||
        fail "there is no \`cc\` on PATH, with which cargo links: install a C compiler"
    [ "$(id -u)" = 0 ] ||
        fail "there is no \`cc\` on PATH, with which cargo links; run as root: apt-get install -y $packages"
    echo "installing $packages, with which cargo links ..." >&2
    install="apt-get install -y -q --no-install-recommends $packages"
    export DEBIAN_FRONTEND=noninteractive
    # The package lists may be missing or old.
    $install >/dev/null 2>&1 || { apt-get update -q && $install; } >&2 ||
        fail "$packages cannot be installed: check the network, then run this again"
fi

[ -x target/debug/xtask ] && exit 0
cargo fetch --locked ||
    fail "the crates cannot be fetched: check the network, then run this again; it goes on where it stopped"
exec cargo build --locked --package xtask
