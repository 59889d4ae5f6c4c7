/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A user of the shared library, compiled by tests/library.sh against what was
 * installed: knows libtcpstates.h and nothing of the sources.  Reads a capture
 * in two threads at once, complains of what does not agree, and prints the
 * records.
 *
 *	library CAPTURE DECIMALS
 */
#include <libtcpstates.h>
#include <pcap/pcap.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SINK_REFUSES	77

static const char *capture;
static int failed;

static void
check(bool holds, const char *sentence)
{
	if (holds)
		return;
	fprintf(stderr, "not so: %s\n", sentence);
	failed = 1;
}

/* Text that grows. */
struct text {
	char *bytes;
	size_t len;
};

static int
keep(void *arg, const char *bytes, size_t len)
{
	struct text *text = arg;

	text->bytes = realloc(text->bytes, text->len + len);
	if (text->bytes == NULL)
		abort();
	memcpy(text->bytes + text->len, bytes, len);
	text->len += len;
	return 0;
}

static int
refuse(void *arg, const char *bytes, size_t len)
{
	(void)arg, (void)bytes, (void)len;
	return SINK_REFUSES;
}

static void *
read_capture(void *arg)
{
	static const uint8_t secret[16] = "sixteen octets.";
	char error[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_open_offline_with_tstamp_precision(capture,
	    PCAP_TSTAMP_PRECISION_NANO, error);
	struct tcpstates_run *run = tcpstates_run_new(0, arg != NULL ?
	    secret : NULL);
	struct pcap_pkthdr *head;
	const u_char *bytes;

	if (pcap == NULL || run == NULL)
		abort();
	while (pcap_next_ex(pcap, &head, &bytes) == 1)
		check(tcpstates_run_frame(run, pcap_datalink(pcap),
		    head->ts.tv_sec * INT64_C(1000000000) + head->ts.tv_usec,
		    bytes, head->caplen, head->len) == 0, "a frame is taken");
	pcap_close(pcap);
	tcpstates_run_finish(run);
	return run;
}

/* What a column says in one way, it says in the others. */
static void
check_column(const struct tcpstates_conn *conn, size_t column,
    const struct tcpstates_column *info)
{
	char text[128] = "", cut[4];
	const bool is_null = tcpstates_is_null(conn, column);
	const size_t len = tcpstates_text(conn, column, text, sizeof(text));
	const bool is_number = info->type != TCPSTATES_MEAN &&
	    info->type != TCPSTATES_TEXT;
	char digits[32] = "";
	int64_t number = -1;

	check(strlen(text) == len, "the length is that of the text");
	check(tcpstates_text(conn, column, cut, sizeof(cut)) == len &&
	    strlen(cut) < sizeof(cut) && strncmp(cut, text, strlen(cut)) == 0,
	    "a small buffer gets the beginning");
	check(tcpstates_text(conn, column, NULL, 0) == len,
	    "no buffer tells the length");
	check((len == 0) == is_null, "null is no text");
	check(tcpstates_number(conn, column, &number) ==
	    (is_number && !is_null), "numbers are those that are known");
	if (!is_number || is_null)
		return;
	switch (info->type) {
	case TCPSTATES_NUMBER:
		snprintf(digits, sizeof(digits), "%lld", (long long)number);
		break;
	case TCPSTATES_FLAG:
		snprintf(digits, sizeof(digits), "%s",
		    number == 1 ? "true" : "false");
		break;
	case TCPSTATES_INSTANT:
	case TCPSTATES_DURATION:
		snprintf(digits, sizeof(digits), "%lld.%09lld",
		    (long long)(number / 1000000000),
		    (long long)(number % 1000000000));
		break;
	case TCPSTATES_MEAN:
	case TCPSTATES_TEXT:
		break;
	}
	check(strcmp(text, digits) == 0, "the number is the text");
}

static void
check_columns(const struct tcpstates_run *run)
{
	const struct tcpstates_conn *conn = NULL;
	struct tcpstates_column info;
	uint64_t conns = 0;
	int64_t number = -1;

	while ((conn = tcpstates_next_conn(run, conn)) != NULL) {
		for (size_t i = 0; i < tcpstates_column_count(); i++) {
			check(tcpstates_column_info(i, &info),
			    "each column is known");
			check(tcpstates_column_find(info.key) == i,
			    "by its key, too");
			check(info.sentence[0] != '\0', "and explained");
			check_column(conn, i, &info);
		}
		conns++;
		check(tcpstates_number(conn, tcpstates_column_find("conn"),
		    &number) && number == (int64_t)conns, "in their order");
		check(tcpstates_is_null(conn, TCPSTATES_NO_COLUMN) &&
		    tcpstates_text(conn, TCPSTATES_NO_COLUMN, NULL, 0) == 0,
		    "no column is null");
	}
	check(conns > 0 && conns == tcpstates_conn_count(run),
	    "all connections were there");
	check(tcpstates_column_find("nonsense") == TCPSTATES_NO_COLUMN &&
	    !tcpstates_column_info(tcpstates_column_count(), &info),
	    "what is no column is none");
}

static void
check_totals(const struct tcpstates_run *run)
{
	uint64_t frames = 0;

	for (size_t i = 0; i < tcpstates_verdict_count(); i++) {
		check(tcpstates_verdict_key(i)[0] != '\0' &&
		    tcpstates_verdict_words(i)[0] != '\0',
		    "a verdict has a name");
		frames += tcpstates_verdict_frames(run, i);
	}
	check(frames > 0 && frames == tcpstates_frame_count(run),
	    "verdicts add up to the frames");
	check(tcpstates_verdict_key(tcpstates_verdict_count()) == NULL,
	    "no further verdict");
}

int
main(int argc, char **argv)
{
	struct tcpstates_run *runs[2];
	struct text texts[2] = { { NULL, 0 }, { NULL, 0 } };
	pthread_t thread;
	unsigned decimals;

	if (argc != 3)
		return 2;
	capture = argv[1];
	decimals = (unsigned)strtoul(argv[2], NULL, 10);
	check(tcpstates_version() == TCPSTATES_VERSION, "versions agree");
	if (pthread_create(&thread, NULL, read_capture, NULL) != 0)
		return 1;
	runs[0] = read_capture(argv);
	pthread_join(thread, (void **)&runs[1]);
	for (unsigned i = 0; i < 2; i++) {
		check(tcpstates_write_ndjson(runs[i], decimals, keep,
		    &texts[i]) == 0, "records are written");
		check(tcpstates_write_ndjson(runs[i], decimals, refuse,
		    NULL) == SINK_REFUSES, "what the sink says is returned");
		check_columns(runs[i]);
		check_totals(runs[i]);
		check(tcpstates_run_frame(runs[i], 1, 0, "", 0, 0) ==
		    TCPSTATES_FINISHED, "a run that is over takes no frame");
		tcpstates_run_free(runs[i]);
	}
	check(texts[0].len == texts[1].len && memcmp(texts[0].bytes,
	    texts[1].bytes, texts[0].len) == 0, "threads read the same");
	fwrite(texts[0].bytes, 1, texts[0].len, stdout);
	free(texts[0].bytes);
	free(texts[1].bytes);
	tcpstates_run_free(NULL);
	printf("%s\n", tcpstates_version_text());
	return failed;
}
