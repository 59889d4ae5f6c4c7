/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/outbuf.h"
#include "capture/sigs.h"
#include "cli/compare.h"
#include "cli/help.h"
#include "cli/lists.h"
#include "cli/messages.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/run.h"

/*
 * If a standard descriptor is closed, the first file that is opened takes its
 * number, and the report would be written into that file.  Reserve the number
 * with a descriptor that fails like a closed one.
 */
static void
reserve_std_fds(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1 && open("/dev/null",
		    fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			_exit(STATUS_FAILED);
}

/* Print help, version or a list: a few lines on standard output. */
static enum status
print(const struct options *options)
{
	enum status status = STATUS_OK;
	struct output output;

	if (!output_open(&output, NULL, NULL, false, NULL))
		return STATUS_FAILED;
	switch (options->action) {
	case ACTION_USAGE:
		help_usage(output.buf, message_prefix());
		break;
	case ACTION_HELP:
		help_options(output.buf, message_prefix());
		break;
	case ACTION_VERSION:
		help_version(output.buf);
		break;
	case ACTION_LIST_INTERFACES:
		status = lists_interfaces(output.buf);
		break;
	case ACTION_LIST_LINK_TYPES:
		status = lists_link_types(output.buf, options);
		break;
	case ACTION_REPORT:
	case ACTION_COMPARE:
		break;
	}
	return output_close(&output) ? status : STATUS_FAILED;
}

static enum status
run_action(const struct options *options)
{
	if (options->action == ACTION_REPORT)
		return run_report(options);
	if (options->action == ACTION_COMPARE)
		return compare_run(options);
	return print(options);
}

int
main(int argc, char **argv)
{
	struct options options;
	enum status status;
	int error;

	reserve_std_fds();
	message_name(argc > 0 ? argv[0] : NULL);
	tzset();
	error = sigs_open();
	if (error != 0) {
		message("signals: %s", strerror(error));
		return STATUS_FAILED;
	}
	if (options_parse(&options, argc, argv, &status))
		status = run_action(&options);
	options_fini(&options);
	sigs_close();
	return (int)status;
}
