#!/usr/bin/env bash
# Build and install a real Ollama server (CPU engine included) from Go modules.
#
#   install_ollama.sh [FOLDER]
#
# FOLDER defaults to ollama-server/<version> in ${PROMPTEVO_CACHE:-~/.cache/pytest-promptevo}.
# A binary that is already there, was built for this CPU and starts, is reused.
# The last line of stdout is the path of the binary; everything else goes to stderr.
#
# Needs: go (>= 1.21; it fetches the 1.26 toolchain the module asks for if it is older),
# gcc, g++ (or $CC / $CXX).  Takes about 5 minutes of one CPU, about 1 GB in the Go caches.
#
# Environment:
#   OLLAMA_BUILD_VERSION  release to build (default 0.24.0, the newest tried whose CPU
#                         engine is part of the Go build)
#   OLLAMA_BUILD_MARCH    compiler's -march (default "native"; "x86-64-v3" for a binary that
#                         runs on any AVX2 machine; "" for none: 5 to 7 times slower)
set -euo pipefail

version=${OLLAMA_BUILD_VERSION:-0.24.0}
version=${version#v}
march=${OLLAMA_BUILD_MARCH-native}
dest=${1:-${PROMPTEVO_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pytest-promptevo}/ollama-server/$version}
mkdir -p "$dest"
dest=$(cd "$dest" && pwd)
bin=$dest/ollama
stamp=$dest/build-stamp
cc=${CC:-gcc}

say() { printf '%s\n' "$*" >&2; }
die() { say "install_ollama: $*"; exit 1; }

# What the binary depends on besides its version: with -march=native the CPU's instruction
# set, so that a cache folder that moved to another machine is rebuilt, not crashed on.
cpu_id() {
    if [ "$march" = native ]; then
        { uname -m; grep -m1 -iE '^(flags|features)[[:space:]]*:' /proc/cpuinfo 2>/dev/null \
            | tr -s ' \t' '\n' | sort -u; } | cksum | cut -d' ' -f1
    else
        echo portable
    fi
}
want="ollama $version march=$march cpu=$(cpu_id) recipe=1"

usable() {
    [ -x "$bin" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ] &&
        "$bin" --version 2>/dev/null | grep -qF "$version"
}

exec 9>"$dest/.lock"
if command -v flock >/dev/null 2>&1; then flock 9; fi

if usable; then
    say "ollama $version: reusing $bin"
    echo "$bin"
    exit 0
fi

command -v go >/dev/null 2>&1 || die "go is needed to build the server"
command -v "$cc" >/dev/null 2>&1 || die "a C compiler ($cc) is needed to build the server"
command -v "${CXX:-g++}" >/dev/null 2>&1 || die "a C++ compiler (${CXX:-g++}) is needed to build the server"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Folder of module $1@$2 in the module cache (downloaded when missing).
module_dir() {
    (cd "$work" && GO111MODULE=on GOFLAGS=-mod=mod go mod download -json "$1@$2") \
        | sed -n 's/^[[:space:]]*"Dir": "\(.*\)",\{0,1\}$/\1/p'
}

# Module archives leave out every folder called "vendor", hence llama.cpp's bundled headers
# (JSON, image, sound).  The same headers are ordinary files of these two modules.
say "ollama $version: fetching headers ..."
old=$(module_dir github.com/ollama/ollama v0.6.5)
snd=$(module_dir github.com/gen2brain/malgo v0.11.24)
[ -f "$old/llama/llama.cpp/common/json.hpp" ] || die "json.hpp not found in the v0.6.5 module"
[ -f "$snd/miniaudio.h" ] || die "miniaudio.h not found in the malgo module"
inc=$dest/include      # a fixed place: Go's build cache is keyed on the -I flag
mkdir -p "$inc/nlohmann" "$inc/stb" "$inc/miniaudio"
install -m 644 "$old/llama/llama.cpp/common/json.hpp" "$inc/nlohmann/json.hpp"
install -m 644 "$old/llama/llama.cpp/common/stb_image.h" "$inc/stb/stb_image.h"
install -m 644 "$snd/miniaudio.h" "$inc/miniaudio/miniaudio.h"
printf '#include "json.hpp"\n' >"$inc/nlohmann/json_fwd.hpp"

opt="-O3 -g0 -w"
if [ -n "$march" ]; then
    if echo 'int x;' | "$cc" -march="$march" -x c -c -o /dev/null - 2>/dev/null; then
        opt="$opt -march=$march"
    elif [ "$march" = native ] && echo 'int x;' | "$cc" -mcpu=native -x c -c -o /dev/null - 2>/dev/null; then
        opt="$opt -mcpu=native"
    else
        say "ollama $version: $cc does not take -march=$march; building without (slow)"
    fi
fi

# OpenMP: without it ggml's threads wait for each other in a busy loop, and a server with as
# many threads as cores falls from ~45 to ~2 tokens/s as soon as anything else uses the CPU.
omp_define= omp_link=
if echo 'int main(void) { return 0; }' | "$cc" -fopenmp -x c -o "$work/omp" - 2>/dev/null; then
    opt="$opt -fopenmp" omp_define=-DGGML_USE_OPENMP omp_link=-fopenmp
else
    say "ollama $version: no OpenMP; give every call the option num_thread=1 on a busy machine"
fi

say "ollama $version: compiling ($opt); about 5 minutes ..."
# -U__AMX_INT8__: the Go build does not compile ggml's AMX files, but ggml-cpu.cpp refers to
# them when the compiler announces AMX, which ends in "undefined reference" at link time.
(
    cd "$work"
    unset GOFLAGS GOOS GOARCH
    GO111MODULE=on GOWORK=off GOBIN=$work/bin CGO_ENABLED=1 \
    CGO_CPPFLAGS="\"-I$inc\" -U__AMX_INT8__ $omp_define" \
    CGO_CFLAGS="$opt" CGO_CXXFLAGS="$opt" CGO_LDFLAGS="$omp_link" \
        nice -n 10 go install -trimpath -buildvcs=false \
        -ldflags "-s -w -X=github.com/ollama/ollama/version.Version=$version" \
        "github.com/ollama/ollama@v$version"
) >&2
[ -x "$work/bin/ollama" ] || die "the build left no binary"
cp "$work/bin/ollama" "$bin.new"
mv -f "$bin.new" "$bin"
printf '%s\n' "$want" >"$stamp"
usable || die "the binary that was built does not start: $bin"
say "ollama $version: installed ($(du -h "$bin" | cut -f1))"
echo "$bin"
