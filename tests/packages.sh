# shellcheck shell=bash disable=SC2154
# Functions that install what a script of the tests needs. The script sets `log`, the path of a file for the output of
# commands, and calls `forget_policies` when it ends.

no_cluster=/etc/postgresql-common/createcluster.d/signet-tests.conf
sudo=(sudo)
if [[ -n ${CI:-} || ! -t 2 ]]; then
    sudo+=(-n)
fi

# Removes what an interrupted installation has left behind.
forget_policies() {
    [[ ! -e $no_cluster ]] || as_root rm -f "$no_cluster"
}

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "$@"
    exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

# Runs a command quietly. Prints the end of its output if it fails.
quietly() {
    "$@" >"$log" 2>&1 </dev/null && return
    tail -n 15 "$log" >&2
    return 1
}

as_root() {
    if ((EUID == 0)); then
        "$@"
    elif has sudo; then
        "${sudo[@]}" "$@"
    else
        echo "This needs root, and there is no sudo: $*"
        return 1
    fi
}

apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -y -o DPkg::Lock::Timeout=300 "$@"
}

# Installs Debian packages without removing others.
apt_install() {
    if ! has apt-get; then
        say "There is no apt-get here; please install what Debian calls: $*"
        return 1
    fi
    if [[ -z ${lists_are_fresh:-} ]]; then
        say "Updating the package lists."
        quietly apt_get update || return
        lists_are_fresh=yes
    fi
    say "Installing $*."
    quietly apt_get install --no-install-recommends --no-remove "$@"
}

has_postgresql() {
    local bin
    for bin in /usr/lib/postgresql/*/bin; do
        [[ -x $bin/initdb && -x $bin/postgres ]] && return
    done
    has initdb && has postgres
}

# Installs only the programs. The tests create their own cluster, so Debian's is not created.
install_postgresql() {
    local status=0
    if has apt-get; then
        quietly as_root mkdir -p "${no_cluster%/*}" || return
        echo "create_main_cluster = false" | as_root tee "$no_cluster" >/dev/null || return
    fi
    apt_install postgresql || status=$?
    as_root rm -f "$no_cluster"
    return "$status"
}

# Installs packages with a policy that prevents them from starting services.
install_stopped() {
    local policy=/usr/sbin/policy-rc.d status=0
    if [[ -e $policy ]] || ! has apt-get; then
        apt_install "$@"
        return
    fi
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null && as_root chmod +x "$policy" || return
    apt_install "$@" || status=$?
    as_root rm -f "$policy"
    return "$status"
}
