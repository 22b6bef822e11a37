#!/bin/bash
# probe.sh: can this computer boot a Debian machine with systemd-nspawn? Says why not. Knows nothing of Wherry.
cd "$(dirname "$0")" || exit 1
. ./machine.sh
machine=wherry-probe-$$
trap 'machine_delete "$machine"' EXIT
machine_create "$machine" && machine_boot "$machine"
