/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "capture/dlt.h"

#include <check.h>
#include <pcap/pcap.h>
#include <string.h>

#include "base/compiler.h"
#include "check_main.h"

static const struct {
	int number;
	const char *name;
} rows[] = {
#define LINKNUMBER(number, name, type) { number, name },
#include "decode/linknumbers.def"
#undef LINKNUMBER
};

/* An older libpcap does not know the younger ones. */
START_TEST(numbers_are_those_of_libpcap)
{
	const int dlt = pcap_datalink_name_to_val(rows[_i].name);

	if (rows[_i].name[0] != '\0' && dlt >= 0)
		ck_assert_int_eq(dlt, rows[_i].number);
}
END_TEST

START_TEST(libpcap_knows_most)
{
	size_t known = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		known += pcap_datalink_name_to_val(rows[i].name) >= 0;
	ck_assert_uint_gt(known, ARRAY_LEN(rows) * 3 / 4);
}
END_TEST

START_TEST(types_are_described)
{
	char buf[DLT_NAME_BUFSIZE];

	dlt_describe(buf, DLT_EN10MB);
	ck_assert_str_eq(buf, "EN10MB (Ethernet)");
	dlt_describe(buf, 60000);
	ck_assert_str_eq(buf, "DLT 60000");
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("dlt");
	TCase *t = tcase_create("numbers");

	tcase_add_loop_test(t, numbers_are_those_of_libpcap, 0,
	    (int)ARRAY_LEN(rows));
	tcase_add_test(t, libpcap_knows_most);
	tcase_add_test(t, types_are_described);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
