#!/usr/bin/env bash
# Prepares Debian 12, Debian 13 or Ubuntu 24.04 for building, training and testing. Safe to run again: what is there is left alone.
# Only the trainer needs the newer C++ library; the server runs without it.
set -euo pipefail

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else fail "installing packages needs root: run this script as root, or install sudo."
  fi
}

check_sdk() {
  command -v dotnet >/dev/null || fail "the .NET 10 SDK is missing: install 'dotnet-sdk-10.0' (https://dotnet.microsoft.com/download/dotnet/10.0) and run this again."
  dotnet --list-sdks | grep -q '^10\.' || fail "the .NET 10 SDK is missing (found: $(dotnet --list-sdks | tr '\n' ' ')): install it beside the others and run this again."
}

# TorchSharp's native library is built with GCC 13: it asks for symbol version GLIBCXX_3.4.32 of libstdc++.
has_cxx() {
  local library
  library=$({ ldconfig -p 2>/dev/null || /sbin/ldconfig -p; } | awk '/libstdc\+\+\.so\.6 .*x86-64/ { print $NF; exit }')
  [ -n "$library" ] && grep -aq 'GLIBCXX_3\.4\.32' "$library"
}

# The archive this machine already uses, so that a mirror or a proxy stays in charge.
debian_archive() {
  {
    { cat /etc/apt/sources.list.d/*.sources 2>/dev/null || true; } | awk '/^URIs:/ { print $2 }'
    { cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null || true; } | awk '$1 == "deb" { for (i = 2; i <= NF; i++) if ($i ~ /^https?:/) { print $i; break } }'
  } | awk '/\/debian\/?$/ && !seen++'
}

# Debian 13's libstdc++ on Debian 12. Priority 100 is below the installed release's 500: nothing moves unless it is asked for by name.
install_cxx_from_trixie() {
  local archive
  archive=$(debian_archive)
  [ -n "$archive" ] || fail "no Debian archive in /etc/apt/sources.list or /etc/apt/sources.list.d: cannot tell where to get libstdc++6 of Debian 13 from."
  say "libstdc++ lacks GLIBCXX_3.4.32, which TorchSharp needs: installing Debian 13's libstdc++6 (and the libc6 it depends on) from $archive"
  as_root tee /etc/apt/sources.list.d/trixie-libstdcxx.list >/dev/null <<LIST
deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $archive trixie main
LIST
  as_root tee /etc/apt/preferences.d/trixie-libstdcxx >/dev/null <<PIN
Package: *
Pin: release n=trixie
Pin-Priority: 100
PIN
  as_root apt-get update -q
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q -o Dpkg::Options::=--force-confold -t trixie libstdc++6
}

ensure_cxx() {
  if has_cxx; then return; fi
  # shellcheck disable=SC1091
  . /etc/os-release
  case "${ID:-}:${VERSION_ID:-}" in
    debian:12) install_cxx_from_trixie ;;
    debian:*|ubuntu:*) as_root apt-get update -q; as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q libstdc++6 ;;
    *) fail "libstdc++ lacks GLIBCXX_3.4.32 (GCC 13), which TorchSharp needs, and this system (${PRETTY_NAME:-unknown}) is not one this script knows: install libstdc++ of GCC 13 or later." ;;
  esac
  has_cxx || fail "libstdc++ still lacks GLIBCXX_3.4.32 (GCC 13), which TorchSharp needs; ${PRETTY_NAME:-this system} may be too old for the trainer. The server does not need it."
}

check_sdk
ensure_cxx
say "ready"
