#!/bin/sh
# Chromium's headless shell from the packages unpacked beside this script, without root and without a trace in the
# system. Fonts are those of the packages.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)/root
libraries=$root/usr/lib/chromium
for folder in "$root"/lib/*-linux-gnu "$root"/usr/lib/*-linux-gnu "$root"/usr/lib/*-linux-gnu/pulseaudio; do
  if [ -d "$folder" ]; then libraries="$libraries:$folder"; fi
done
export LD_LIBRARY_PATH="$libraries"
export FONTCONFIG_SYSROOT="$root"
exec "$root/usr/lib/chromium/chromium-headless-shell" "$@"
