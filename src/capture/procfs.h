/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Texts of proc(5).  Functions of strings, which open nothing; every text is
 * treated as hostile, for processes choose their names.
 */
#ifndef TCPSTATES_CAPTURE_PROCFS_H
#define TCPSTATES_CAPTURE_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/owner.h"

/* A process ID, all of `name` in decimal; 0: the name is something else. */
uint32_t procfs_pid(const char *name);

/* "socket:[1234]", the target of a descriptor's link; 0: another file. */
uint32_t procfs_socket(const char *target, size_t len);

/*
 * The name of a process, from /proc/PID/comm.  Its last newline is no part of
 * the name; bytes that no report should print are replaced by '?'.
 */
void procfs_process(const char *text, size_t len,
    char ret_name[OWNER_PROCESS_SIZE]);

/*
 * The last part of a process's control group, from /proc/PID/cgroup: that of
 * version 2, else of systemd, else the first.  A container's identifier, 64
 * hexadecimal digits, is cut to 12, as its tools show it.  "" at the root.
 */
void procfs_cgroup(const char *text, size_t len,
    char ret_cgroup[OWNER_CGROUP_SIZE]);

#endif
