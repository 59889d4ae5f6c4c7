#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# --resolve and --services: names of hosts and ports in --table and --by, from
# files of our own, which root mounts over those of the system in a namespace;
# a server of names that does not answer, and names with control characters.

if [ "${TCPSTATES_NAMES-}" = inside ]; then
	etc=$1
	for file in hosts services nsswitch.conf resolv.conf; do
		[ -e /etc/$file ] || : >/etc/$file || exit 77
		mount --bind "$etc/$file" /etc/$file 2>/dev/null || exit 77
	done
	shift
	exec "$@"
fi

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

# Refusals need no names.
run --resolve "$data/web.pcap"
wants_only 2 '--resolve is for --table and --by as text'
run --services -J "$data/web.pcap"
wants_only 2 '--services is for --table and --by as text'
run --resolve --table -i lo
wants_only 2 '--resolve is for files'

# -n wins, and nothing is asked.
"$program" --table "$data/web.pcap" >"$scratch/numbers"
run -n --table --resolve --services "$data/web.pcap"
wants 0 ''
cmp -s "$scratch/numbers" "$scratch/out" || fails 'names in spite of -n'

# Without root: what the system knows of the loopback, and of port 80.
case $(getent services 80/tcp 2>/dev/null) in
http\ *)
	run --table --services "$data/web.pcap"
	wants 0 ''
	grep -q '192\.0\.2\.10:33882 *198\.51\.100\.20:http ' "$scratch/out" ||
		fails 'no name of port 80' ;;
*)	echo 'note: port 80 has no name here' ;;
esac

for tool in ip mount unshare; do
	command -v $tool >/dev/null || { echo "note: no $tool"; exit $failed; }
done
[ "$(id -u)" -eq 0 ] || { echo 'note: not root'; exit $failed; }

etc=$scratch/etc
mkdir "$etc"
printf '%s\n' '192.0.2.10 client.example' '2001:db8:b::20 server.example' \
    "198.51.100.20 evil$(printf '\033')[31m" >"$etc/hosts"
printf '%s\n' 'web 80/tcp' 'wrong 80/tcp' 'other 443/udp' \
    'much-too-long-a-name 22/tcp' 'client 33882/tcp' >"$etc/services"
echo 'nameserver 192.0.2.1' >"$etc/resolv.conf"
chmod -R a+rX "$etc"
# inside HOSTS COMMAND...: with `hosts: HOSTS' in nsswitch.conf
inside() {
	printf '%s\n' "hosts: $1" 'services: files' 'passwd: files' \
	    >"$etc/nsswitch.conf"
	shift
	what="with names of our own: $*"
	TCPSTATES_NAMES=inside unshare -n -m sh "$0" "$etc" "$@" \
	    >"$scratch/out" 2>"$scratch/err"
	status=$?
}
inside files true
[ $status -eq 0 ] || { echo 'note: nothing can be mounted'; exit $failed; }

inside files "$program" --table --resolve --services "$data/web.pcap"
wants 0 ''
grep -q '^1 client\.example:33882 *evil??31m:web ' "$scratch/out" ||
	fails 'no names of an IPv4 connection'
grep -q '^2 \[2001:db8:a::10\]:52440 *server\.example:web ' "$scratch/out" ||
	fails 'no names of an IPv6 connection'
grep -Eq ':443 ' "$scratch/out" || fails 'port 443 has a name'
grep -Eq ':22 ' "$scratch/out" || fails 'port 22 has a name that is cut'
inside files "$program" --by=client --resolve "$data/web.pcap"
wants 0 ''
grep -q '^client\.example ' "$scratch/out" || fails 'no name of a client'
inside files "$program" --by=port --services "$data/web.pcap"
wants 0 ''
grep -q '^web ' "$scratch/out" || fails 'no name of a port'

# A server of names that is silent costs five seconds, and says so.
cat >"$scratch/silent" <<'S'
ip link add v0 type veth peer name v1 && ip link set v0 up &&
    ip link set v1 up && ip addr add 192.0.2.100/24 dev v0 &&
    ip neigh add 192.0.2.1 lladdr 02:00:00:00:00:01 dev v0 || exit 77
exec "$@"
S
begun=$(date +%s)
inside dns sh "$scratch/silent" "$program" --table --resolve "$data/web.pcap"
took=$(($(date +%s) - begun))
if [ $status -eq 77 ]; then
	echo 'note: no veth'
else
	wants 0 '--resolve: no answer within 5 s for [1-9] of [1-9] addresses'
	cmp -s "$scratch/numbers" "$scratch/out" || fails 'not numbers'
	[ $took -lt 60 ] || fails "$took s"
fi
exit $failed
