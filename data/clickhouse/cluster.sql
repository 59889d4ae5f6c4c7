-- SPDX-License-Identifier: BSD-2-Clause
--
-- The tables of schema.sql on all servers of a cluster as one: `setup -C NAME`
-- puts the name in.  A record's place is a function of the sorting key of its
-- table: loaded again, it reaches the server that has it and replaces itself.
CREATE TABLE IF NOT EXISTS conn_all AS conn
ENGINE = Distributed({cluster}, currentDatabase(), conn,
    cityHash64(host, capture, conn));

CREATE TABLE IF NOT EXISTS finding_all AS finding
ENGINE = Distributed({cluster}, currentDatabase(), finding,
    cityHash64(host, capture, record));

CREATE TABLE IF NOT EXISTS triage_all AS triage
ENGINE = Distributed({cluster}, currentDatabase(), triage,
    cityHash64(host, capture, record));
