/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "capture/capabilities.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int
capabilities_limit(uint32_t wanted, uint32_t *ret_kept)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {
		{ 0, 0, 0 }
	};

	if (wanted != 0 && syscall(SYS_capget, &header, data) != 0)
		return errno;
	*ret_kept = wanted & data[0].permitted;
	memset(data, 0, sizeof(data));
	data[0].permitted = data[0].effective = *ret_kept;
	return syscall(SYS_capset, &header, data) == 0 ? 0 : errno;
}

int
capabilities_outlive_root(void)
{
	return prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0 ? 0 : errno;
}
