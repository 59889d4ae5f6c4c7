/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/compiler.h"
#include "capture/sigs.h"

/* How long the sequence that restores the terminal may take to be written. */
#define LEAVE_MS	500
#define USUAL_LINES	24
#define USUAL_COLUMNS	80

/* The alternate screen, cleared, without cursor. */
static const char enter_sequence[] = "\033[?1049h\033[0m\033[2J\033[?25l";
/*
 * CAN ends a sequence that was written in part.  Terminals without an alternate
 * screen are cleared.
 */
static const char leave_sequence[] =
    "\030\033[0m\033[2J\033[H\033[?25h\033[?1049l";

static int tty = -1;
static struct termios cooked;	/* as it was */
static volatile sig_atomic_t is_entered;
static volatile sig_atomic_t was_resized, was_stopped, was_continued;

/* ---- ways out: functions that signal handlers may call ---- */

static void
write_leaving(void)
{
	size_t at = 0;

	while (at < sizeof(leave_sequence) - 1) {
		const ssize_t len = write(tty, leave_sequence + at,
		    sizeof(leave_sequence) - 1 - at);
		struct pollfd ready = { .fd = tty, .events = POLLOUT };

		if (len > 0)
			at += (size_t)len;
		else if (len < 0 && errno == EINTR)
			continue;
		else if (len >= 0 || errno != EAGAIN ||
		    poll(&ready, 1, LEAVE_MS) <= 0)
			return;
	}
}

static void
restore(void)
{
	const int kept = errno;

	if (!is_entered)
		return;
	is_entered = 0;
	write_leaving();
	tcsetattr(tty, TCSANOW, &cooked);
	errno = kept;
}

static void
on_crash(int signo)
{
	restore();
	/* SA_RESETHAND has restored the default action. */
	raise(signo);
}

static void
on_resize(int signo UNUSED)
{
	was_resized = 1;
	sigs_wake();
}

static void
on_stop(int signo UNUSED)
{
	was_stopped = 1;
	sigs_wake();
}

static void
on_continue(int signo UNUSED)
{
	was_continued = 1;
	sigs_wake();
}

static void
catch(int signo, void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_flags = flags };

	action.sa_handler = handler;
	sigfillset(&action.sa_mask);
	sigaction(signo, &action, NULL);
}

static void
catch_signals(void)
{
	static const int crashes[] = {
		SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL,
	};

	for (size_t i = 0; i < ARRAY_LEN(crashes); i++)
		catch(crashes[i], on_crash, (int)SA_RESETHAND | SA_NODEFER);
	catch(SIGWINCH, on_resize, 0);
	catch(SIGTSTP, on_stop, 0);
	catch(SIGCONT, on_continue, 0);
	sigs_before_exit(restore);
}

/* ---- opening ---- */

/* The first of the variables of the locale that is set decides. */
static bool
is_locale_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *value = getenv(names[i]);
		const char *charset;

		if (value == NULL || value[0] == '\0')
			continue;
		charset = strchr(value, '.');
		return charset != NULL &&
		    (strncasecmp(charset, ".utf-8", 6) == 0 ||
		    strncasecmp(charset, ".utf8", 5) == 0);
	}
	return false;
}

/* A second description of the terminal on standard input, or of ours. */
static int
open_tty(void)
{
	const int flags = O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	int fd = open("/dev/tty", flags);

	if (fd < 0) {
		const char *name = ttyname(STDIN_FILENO);

		fd = name != NULL ? open(name, flags) : -1;
	}
	return fd;
}

bool
terminal_open(struct terminal *terminal, const char **ret_why)
{
	const char *type = getenv("TERM");
	const char *no_colour = getenv("NO_COLOR");

	memset(terminal, 0, sizeof(*terminal));
	if (type == NULL || type[0] == '\0' || strcmp(type, "dumb") == 0) {
		*ret_why = "TERM says that the terminal cannot show a screen";
		return false;
	}
	tty = open_tty();
	if (tty < 0 || tcgetattr(tty, &cooked) != 0) {
		*ret_why = "there is no terminal";
		return false;
	}
	terminal->is_utf8 = is_locale_utf8();
	terminal->has_colour = no_colour == NULL || no_colour[0] == '\0';
	return true;
}

int
terminal_fd(void)
{
	return tty;
}

void
terminal_close(struct terminal *terminal)
{
	terminal_leave(terminal);
	sigs_before_exit(NULL);
	if (tty >= 0)
		close(tty);
	tty = -1;
}

/* ---- the screen ---- */

/*
 * Keys one by one, without echo.  ^C stays a signal; ^S and ^Q stay the
 * terminal's; ^Z is a key, for SIGTSTP must not come between two bytes.
 */
static bool
set_raw(void)
{
	struct termios raw = cooked;

	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | IEXTEN);
	raw.c_iflag &= ~(tcflag_t)(ICRNL | INLCR);
	raw.c_oflag &= ~(tcflag_t)OPOST;
	raw.c_cc[VMIN] = 0;
	raw.c_cc[VTIME] = 0;
	raw.c_cc[VSUSP] = _POSIX_VDISABLE;
	raw.c_cc[VQUIT] = _POSIX_VDISABLE;
	return tcsetattr(tty, TCSANOW, &raw) == 0;
}

bool
terminal_enter(struct terminal *terminal)
{
	catch_signals();
	if (!set_raw())
		return false;
	is_entered = 1;
	memcpy(terminal->buf, enter_sequence, sizeof(enter_sequence) - 1);
	terminal->len = sizeof(enter_sequence) - 1;
	terminal->at = 0;
	(void)terminal_flush(terminal);
	return true;
}

void
terminal_leave(struct terminal *terminal)
{
	restore();
	terminal->len = 0;
	terminal->at = 0;
}

void
terminal_stop(struct terminal *terminal)
{
	terminal_leave(terminal);
	/* The handler of SIGTSTP must not run, so SIGSTOP. */
	raise(SIGSTOP);
	was_continued = 0;
	(void)terminal_enter(terminal);
}

/* ---- events ---- */

static unsigned
take(volatile sig_atomic_t *flag, enum terminal_event event)
{
	const bool is_set = *flag != 0;

	*flag = 0;
	return is_set ? event : 0;
}

unsigned
terminal_events(void)
{
	return take(&was_resized, TERMINAL_RESIZED) |
	    take(&was_stopped, TERMINAL_STOPPED) |
	    take(&was_continued, TERMINAL_CONTINUED);
}

void
terminal_size(unsigned *ret_lines, unsigned *ret_columns)
{
	struct winsize size = { 0, 0, 0, 0 };

	if (ioctl(tty, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 ||
	    size.ws_col == 0) {
		size.ws_row = USUAL_LINES;
		size.ws_col = USUAL_COLUMNS;
	}
	*ret_lines = size.ws_row;
	*ret_columns = size.ws_col;
}

int
terminal_read(unsigned char *bytes, size_t size)
{
	const ssize_t len = read(tty, bytes, size);

	if (len >= 0)
		return (int)len;
	return errno == EAGAIN || errno == EINTR ? 0 : -1;
}

bool
terminal_flush(struct terminal *terminal)
{
	while (terminal->at < terminal->len) {
		const ssize_t len = write(tty, terminal->buf + terminal->at,
		    terminal->len - terminal->at);

		if (len <= 0)
			return false;
		terminal->at += (size_t)len;
	}
	return true;
}
