#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Servers of ClickHouse on loopback addresses, for tests.

Each has a folder of its own, little memory, and ends with the process that
started it, however that ends.
"""
import os
import socket
import subprocess
import sys
import time

PATIENCE = 120      # seconds: the machine may be busy
CLUSTER = 'fleet'

CONFIG = '''<yandex>
<logger><level>warning</level><console>1</console></logger>
<listen_host>%s</listen_host><tcp_port>%d</tcp_port>
<path>data/</path><tmp_path>tmp/</tmp_path>
<user_files_path>files/</user_files_path>
<users_config>users.xml</users_config>
<default_profile>default</default_profile>
<default_database>default</default_database>
<mark_cache_size>5368709</mark_cache_size><timezone>%s</timezone>
<remote_servers><%s>%s</%s></remote_servers>
</yandex>
'''
SHARD = ('<shard><replica><host>%s</host><port>%d</port></replica></shard>\n')
USERS = '''<yandex>
<profiles><default><max_memory_usage>%d</max_memory_usage></default></profiles>
<users><default><password></password><profile>default</profile>
<networks><ip>127.0.0.0/8</ip></networks><quota>default</quota></default></users>
<quotas><default></default></quotas></yandex>
'''
MEMORY = 2 << 30    # bytes of a query, at most


def address():
    """A loopback address of this process, or another one may be given the
    port before the server has it."""
    pid = os.getpid()
    return '127.%d.%d.%d' % (pid >> 16 & 63 | 64, pid >> 8 & 255, pid & 255)


def free_ports(host, count):
    listeners = [socket.socket() for _ in range(count)]
    for listener in listeners:
        listener.bind((host, 0))
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports


class Server:
    """Runs; its folder is `directory`.  `ports` are those of all shards."""

    def __init__(self, directory, host, port, ports=(), timezone='UTC'):
        self.host = host
        self.port = port
        self.log = os.path.join(directory, 'log')
        shards = ''.join(SHARD % (host, shard) for shard in ports)
        with open(os.path.join(directory, 'config.xml'), 'w') as file:
            file.write(CONFIG % (host, port, timezone, CLUSTER, shards,
                                 CLUSTER))
        with open(os.path.join(directory, 'users.xml'), 'w') as file:
            file.write(USERS % MEMORY)
        # A change of user would undo --pdeathsig, so that comes first.
        command = ['setpriv', '--pdeathsig', 'KILL', 'clickhouse-server',
                   '--config-file=config.xml']
        if os.geteuid() == 0:
            command[:0] = ['setpriv', '--reuid=65534', '--regid=65534',
                           '--clear-groups']
            os.chown(directory, 65534, 65534)
        with open(self.log, 'w') as log:
            self.process = subprocess.Popen(
                command, cwd=directory, stdout=log, stderr=log,
                stdin=subprocess.DEVNULL)

    def wait(self):
        """Until the server answers."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self.process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex((self.host, self.port)) == 0:
                    return
            time.sleep(0.1)
        self.stop()
        with open(self.log) as log:
            sys.exit('clickhouse-server does not start:\n' + log.read()[:2000])

    def options(self):
        """Of clickhouse-client, to reach this server."""
        return ['--host', self.host, '--port', str(self.port)]

    def stop(self):
        self.process.kill()
        self.process.wait()
