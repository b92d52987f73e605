# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
# Shared by the scripts beside it; sourced, not run. Messages go to standard error: standard output belongs to what is
# launched.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

build_packages=(g++ cmake ninja-build pkg-config libssh-dev libyaml-cpp-dev libcli11-dev libspdlog-dev libfmt-dev
  nlohmann-json3-dev libssl-dev libcurl4-openssl-dev libarchive-dev zlib1g-dev libboost-dev libmnl-dev libnftables-dev catch2)
run_packages=(qemu-system-x86 qemu-utils bubblewrap mmdebstrap uidmap e2fsprogs debian-archive-keyring ca-certificates
  openssh-client)
test_packages=(python3 chromium-headless-shell iproute2 openssh-server tmux util-linux man-db procps syslinux syslinux-common mtools dosfstools fdisk
  seabios git dbus-daemon dbus-bin libsecret-tools gnome-keyring)
# Debian's clang only recommends the run-time of its sanitizers and fuzzer. Of the same LLVM is the linker that the sanitizers' build takes.
fuzz_packages=(clang libclang-rt-dev lld)

say() { printf 'agentbox: %s\n' "$*" >&2; }

# The packages of the list that are not installed.
missing_packages() {
  local package installed
  # One question for all: it is asked at each start from a source tree. A package that dpkg does not know is an error, and the others are answered.
  installed=$'\n'$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2> /dev/null)$'\n' || true
  for package in "$@"; do
    [[ $installed == *$'\n'"installed $package"$'\n'* ]] || echo "$package"
  done
}

# Installs what is missing. The one place where root rights are asked for.
require_packages() {
  if ! command -v dpkg-query > /dev/null || ! command -v apt-get > /dev/null; then
    require_programs_by_hand
    return
  fi
  local missing sudo=()
  mapfile -t missing < <(missing_packages "$@")
  [ "${#missing[@]}" -gt 0 ] || return 0
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo > /dev/null; then
      say "these packages are missing, and there is no sudo to install them with: ${missing[*]}"
      say "as root: apt-get install ${missing[*]}"
      exit 1
    fi
    sudo=(sudo)
  fi
  say "installing: ${missing[*]}"
  if ! { "${sudo[@]}" apt-get -q update &&
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install "${missing[@]}"; } >&2; then
    say "apt-get could not install what is missing"
    exit 1
  fi
}

# Not a Debian: nothing is installed, but what lacks is named.
require_programs_by_hand() {
  local program lacking=()
  for program in c++ cmake ninja pkg-config qemu-system-x86_64 qemu-img bwrap mmdebstrap newuidmap mke2fs; do
    command -v "$program" > /dev/null || lacking+=("$program")
  done
  if [ "${#lacking[@]}" -gt 0 ]; then
    say "this system has no apt-get, so install these yourself: ${lacking[*]}"
    say "and the development files of libssh, yaml-cpp, CLI11, spdlog, fmt, nlohmann_json, OpenSSL, libcurl, libarchive, Boost, libmnl, libnftables, Catch2"
    exit 1
  fi
}

# Hands ninja's lines on. Says once that it builds, if it does: nothing to do is the usual case.
announce_work() {
  local line said=
  while IFS= read -r line; do
    printf '%s\n' "$line"
    if [ -z "$said" ] && [[ $line == *'] Building '* ]]; then
      said=yes
      say "building ($1); this takes some minutes the first time"
    fi
  done
}

# configure_and_build PRESET TARGET...: quiet unless it fails; one builder at a time.
configure_and_build() {
  local preset=$1 build=$root/build/$1 log=$root/build/$1.log
  shift
  mkdir -p "$root/build"
  (
    flock 9
    if [ "$root/CMakePresets.json" -nt "$build/build.ninja" ]; then  # or there is none yet
      say "configuring ($preset)"
      (cd "$root" && cmake --preset "$preset" -G Ninja) > "$log" 2>&1 || { cat "$log" >&2; say "cmake failed"; exit 1; }
    fi
    ninja -C "$build" "$@" 2>&1 | announce_work "$preset" > "$log" || { cat "$log" >&2; say "the build failed"; exit 1; }
  ) 9> "$root/build/.lock" || exit 1
}
