#!/usr/bin/env bash
# Install a PostgreSQL server, whose programs tests/benchmarks/live/postgres_server.py finds.
#
#   install_postgres.sh
#
# Nothing is done where initdb is found already. Else the package of Debian or Ubuntu is
# installed (that needs root); no cluster of the system's is made or started: tests make their
# own, each on a free loopback port. The last line of stdout is the folder of the programs.
set -euo pipefail

say() { printf '%s\n' "$*" >&2; }

programs() {
    if command -v initdb >/dev/null 2>&1; then
        dirname "$(readlink -f "$(command -v initdb)")"
    else
        # shellcheck disable=SC2012
        ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -n | tail -1
    fi
}

found=$(programs)
if [ -z "$found" ] || [ ! -x "$found/initdb" ]; then
    command -v apt-get >/dev/null 2>&1 || { say "install_postgres: apt-get is needed"; exit 1; }
    say "install_postgres: installing ..."
    mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] ||
        echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >&2
    apt-get install -y -qq --no-install-recommends postgresql >&2
    found=$(programs)
fi
"$found/initdb" --version >&2 || { say "install_postgres: initdb does not start"; exit 1; }
echo "$found"
