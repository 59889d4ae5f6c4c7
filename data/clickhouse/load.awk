# SPDX-License-Identifier: BSD-2-Clause
#
# Part of `load`: gives the records on standard input their host and capture, and
# each kind of them to a client of its own.

function into(table) {
	return ENVIRON["CLIENT"] " --query \x27INSERT INTO " table ENVIRON["ALL"] \
	    " FORMAT JSONEachRow\x27"
}
function begin(name) {
	input = name
	head = "{\"host\":" ENVIRON["HOST"] ",\"capture\":" input ","
	time = first = 0
	record = 0
}
BEGIN {
	conns = into("conn")
	findings = into("finding")
	rows = into("triage")
	begin(ENVIRON["CAPTURE"])
}
index($0, "{\"type\":\"conn\",") == 1 {
	print head substr($0, 2) | conns
	used[conns]
	if (match($0, /"ts":[-0-9.]+/))
		time = substr($0, RSTART + 5, RLENGTH - 5)
	if (first == 0)
		first = time
	next
}
index($0, "{\"type\":\"finding\",") == 1 {
	print head "\"ts\":" time ",\"record\":" ++record "," \
	    substr($0, 2) | findings
	used[findings]
	next
}
index($0, "{\"type\":\"triage\",") == 1 {
	print head "\"ts\":" first ",\"record\":" ++record "," \
	    substr($0, 2) | rows
	used[rows]
	next
}
index($0, "{\"type\":\"capture\",") == 1 {
	name = ENVIRON["CAPTURE"]
	if (name == "\"\"" && match($0, /"input":"([^"\\]|\\.)*"/))
		name = substr($0, RSTART + 8, RLENGTH - 8)
	begin(name)
}
END {
	for (client in used)
		if (close(client) != 0)
			status = 1
	exit status
}
