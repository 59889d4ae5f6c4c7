/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of states: each cell says where to and why, and the properties
 * of RFC 9293's diagram that must hold whatever the cell.
 */
#include "config.h"

#include <check.h>
#include <string.h>

#include "base/compiler.h"
#include "check_main.h"
#include "tcp/judgement.h"
#include "tcp/state.h"

/* RFC 9293, 3.3.2, with hyphens. */
static const char *const rfc_names[] = {
	"LISTEN", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1",
	"FIN-WAIT-2", "CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT",
	"CLOSED",
};

static enum state
next(enum state state, enum event event)
{
	return (enum state)state_cell(state, event)->next;
}

START_TEST(every_cell_has_a_next_state_and_a_remark)
{
	for (unsigned event = 0; event < EVENT_COUNT; event++) {
		const struct state_cell *cell = state_cell((enum state)_i,
		    (enum event)event);

		ck_assert_ptr_nonnull(cell);
		ck_assert_uint_lt(cell->next, STATE_COUNT);
		ck_assert_msg(cell->remark != NULL && cell->remark[0] != '\0',
		    "%s, %s: no remark", state_name((enum state)_i),
		    event_name((enum event)event));
	}
}
END_TEST

START_TEST(names_are_those_of_rfc_9293_and_ours_is_unseen)
{
	unsigned found = 0;

	ck_assert_uint_eq(STATE_COUNT, ARRAY_LEN(rfc_names) + 1);
	for (unsigned s = 0; s < STATE_COUNT; s++)
		for (unsigned i = 0; i < ARRAY_LEN(rfc_names); i++)
			found += strcmp(state_name((enum state)s),
			    rfc_names[i]) == 0;
	ck_assert_uint_eq(found, ARRAY_LEN(rfc_names));
	ck_assert_str_eq(state_name(STATE_UNSEEN), "UNSEEN");
	ck_assert_uint_eq(STATE_UNSEEN, 0);
	ck_assert_str_eq(state_name(STATE_SYN_RECEIVED), "SYN-RECEIVED");
	ck_assert_str_eq(state_name(STATE_FIN_WAIT_2), "FIN-WAIT-2");
	ck_assert_str_eq(state_name(STATE_LAST_ACK), "LAST-ACK");
}
END_TEST

START_TEST(every_state_and_event_is_told_in_words)
{
	for (unsigned s = 0; s < STATE_COUNT; s++)
		ck_assert_uint_gt(strlen(state_sentence((enum state)s)), 10);
	for (unsigned e = 0; e < EVENT_COUNT; e++)
		ck_assert_uint_gt(strlen(event_name((enum event)e)), 5);
}
END_TEST

/* RFC 9293, 3.10.7.4: whatever the state, an RST ends the connection. */
START_TEST(reset_closes_whatever_the_state)
{
	ck_assert_int_eq(next((enum state)_i, EVENT_SENT_RST), STATE_CLOSED);
	ck_assert_int_eq(next((enum state)_i, EVENT_GOT_RST), STATE_CLOSED);
}
END_TEST

START_TEST(nobody_becomes_unseen_again)
{
	for (unsigned event = 0; event < EVENT_COUNT; event++)
		if (_i != STATE_UNSEEN)
			ck_assert_int_ne(next((enum state)_i,
			    (enum event)event), STATE_UNSEEN);
}
END_TEST

/* Nothing but the endpoint's own SYN or SYN-ACK leads out of CLOSED. */
START_TEST(closed_stays_closed_but_for_a_new_attempt)
{
	for (unsigned event = 0; event < EVENT_COUNT; event++)
		if (event != EVENT_SENT_SYN && event != EVENT_SENT_SYN_ACK)
			ck_assert_int_eq(next(STATE_CLOSED,
			    (enum event)event), STATE_CLOSED);
}
END_TEST

/* TIME-WAIT ends by RST, or was none if our FIN has to be sent again. */
START_TEST(time_wait_lasts)
{
	for (unsigned event = 0; event < EVENT_COUNT; event++)
		if (event != EVENT_SENT_RST && event != EVENT_GOT_RST &&
		    event != EVENT_SENT_FIN &&
		    event != EVENT_SENT_CROSSING_FIN)
			ck_assert_int_eq(next(STATE_TIME_WAIT,
			    (enum event)event), STATE_TIME_WAIT);
}
END_TEST

/* An endpoint that sent or received a FIN is never ESTABLISHED again. */
START_TEST(no_way_leads_back_from_a_close)
{
	static const enum state closing[] = {
		STATE_FIN_WAIT_1, STATE_FIN_WAIT_2, STATE_CLOSE_WAIT,
		STATE_CLOSING, STATE_LAST_ACK, STATE_TIME_WAIT,
	};

	for (unsigned i = 0; i < ARRAY_LEN(closing); i++)
		for (unsigned event = 0; event < EVENT_COUNT; event++) {
			const enum state to = next(closing[i],
			    (enum event)event);

			ck_assert_int_ne(to, STATE_ESTABLISHED);
			ck_assert_int_ne(to, STATE_SYN_SENT);
			ck_assert_int_ne(to, STATE_SYN_RECEIVED);
			ck_assert_int_ne(to, STATE_LISTEN);
		}
}
END_TEST

/* What is only repeated changes nothing. */
START_TEST(sending_the_same_again_changes_nothing)
{
	static const enum event events[] = {
		EVENT_SENT_SYN, EVENT_GOT_SYN, EVENT_GOT_FIN, EVENT_SENT_ACK,
		EVENT_SENT_RST, EVENT_GOT_RST,
	};

	for (unsigned s = 0; s < STATE_COUNT; s++)
		for (unsigned i = 0; i < ARRAY_LEN(events); i++) {
			const enum state once = next((enum state)s, events[i]);

			/* A second SYN of LISTEN's is its SYN-ACK's place. */
			ck_assert_int_eq(next(once, events[i]), once);
		}
}
END_TEST

/* Paths through figure 5, from the first event to the last. */
static const struct {
	const char *sentence;
	enum state from;
	enum event events[8];
	unsigned count;
	enum state to;
} paths[] = {
	{ "active open", STATE_UNSEEN,
	    { EVENT_SENT_SYN, EVENT_GOT_SYN_ACK, EVENT_SENT_ACK }, 3,
	    STATE_ESTABLISHED },
	{ "passive open", STATE_UNSEEN,
	    { EVENT_GOT_SYN, EVENT_SENT_SYN_ACK, EVENT_GOT_ACK_OF_SYN }, 3,
	    STATE_ESTABLISHED },
	{ "simultaneous open", STATE_UNSEEN,
	    { EVENT_SENT_SYN, EVENT_GOT_SYN, EVENT_SENT_SYN_ACK,
	    EVENT_GOT_SYN_ACK }, 4, STATE_ESTABLISHED },
	{ "refused", STATE_UNSEEN, { EVENT_SENT_SYN, EVENT_GOT_RST }, 2,
	    STATE_CLOSED },
	{ "refuses", STATE_UNSEEN, { EVENT_GOT_SYN, EVENT_SENT_RST }, 2,
	    STATE_CLOSED },
	{ "active close", STATE_ESTABLISHED,
	    { EVENT_SENT_FIN, EVENT_GOT_ACK_OF_FIN, EVENT_GOT_FIN,
	    EVENT_SENT_ACK }, 4, STATE_TIME_WAIT },
	{ "passive close", STATE_ESTABLISHED,
	    { EVENT_GOT_FIN, EVENT_SENT_ACK, EVENT_SENT_FIN,
	    EVENT_GOT_ACK_OF_FIN }, 4, STATE_CLOSED },
	{ "simultaneous close", STATE_ESTABLISHED,
	    { EVENT_SENT_FIN, EVENT_GOT_FIN, EVENT_SENT_ACK,
	    EVENT_GOT_ACK_OF_FIN }, 4, STATE_TIME_WAIT },
	{ "FIN and its ACK in one segment", STATE_ESTABLISHED,
	    { EVENT_SENT_FIN, EVENT_GOT_ACK_OF_FIN, EVENT_GOT_FIN }, 3,
	    STATE_TIME_WAIT },
	{ "half closed by the peer", STATE_ESTABLISHED,
	    { EVENT_GOT_FIN, EVENT_SENT_ACK, EVENT_SENT_ACK }, 3,
	    STATE_CLOSE_WAIT },
	{ "half closed by itself", STATE_ESTABLISHED,
	    { EVENT_SENT_FIN, EVENT_GOT_ACK_OF_FIN, EVENT_SENT_ACK }, 3,
	    STATE_FIN_WAIT_2 },
	{ "closes before it is established", STATE_SYN_RECEIVED,
	    { EVENT_SENT_FIN, EVENT_GOT_ACK_OF_FIN }, 2, STATE_FIN_WAIT_2 },
	{ "picked up in its middle", STATE_UNSEEN, { EVENT_SENT_ACK }, 1,
	    STATE_ESTABLISHED },
	{ "aborted half closed", STATE_ESTABLISHED,
	    { EVENT_SENT_FIN, EVENT_GOT_ACK_OF_FIN, EVENT_SENT_RST }, 3,
	    STATE_CLOSED },
};

START_TEST(path_leads_where_the_rfc_says)
{
	enum state state = paths[_i].from;

	for (unsigned i = 0; i < paths[_i].count; i++) {
		const struct state_cell *cell = state_cell(state,
		    paths[_i].events[i]);

		ck_assert_msg(!cell->is_odd, "%s: odd, %s", paths[_i].sentence,
		    cell->remark);
		state = (enum state)cell->next;
	}
	ck_assert_msg(state == paths[_i].to, "%s ends in %s",
	    paths[_i].sentence, state_name(state));
}
END_TEST

/* Every state is reached from the beginning. */
START_TEST(no_state_is_out_of_reach)
{
	bool reached[STATE_COUNT] = { [STATE_UNSEEN] = true };

	for (unsigned round = 0; round < STATE_COUNT; round++)
		for (unsigned s = 0; s < STATE_COUNT; s++)
			for (unsigned e = 0; reached[s] && e < EVENT_COUNT;
			    e++)
				reached[next((enum state)s, (enum event)e)] =
				    true;
	for (unsigned s = 0; s < STATE_COUNT; s++)
		ck_assert_msg(reached[s], "%s", state_name((enum state)s));
}
END_TEST

START_TEST(judgements_have_a_key_words_and_a_sentence_of_their_own)
{
	for (unsigned i = 0; i < JUDGED_COUNT; i++) {
		ck_assert_uint_gt(strlen(judged_key((enum judged)i)), 2);
		ck_assert_uint_gt(strlen(judged_words((enum judged)i)), 2);
		ck_assert_uint_gt(strlen(judged_sentence((enum judged)i)), 9);
		for (unsigned k = 0; k < i; k++)
			ck_assert_str_ne(judged_key((enum judged)i),
			    judged_key((enum judged)k));
	}
	ck_assert_str_eq(judged_words(JUDGED_DUP_ACK), "Dup ACK");
	ck_assert_uint_le(JUDGED_COUNT, 32);	/* a set in 32 bits */
	for (unsigned i = 0; i < EVIDENCE_COUNT; i++)
		ck_assert_ptr_nonnull(evidence_words((enum evidence)i));
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("state");
	TCase *c = tcase_create("state");

	suite_add_tcase(s, c);
	tcase_add_loop_test(c, every_cell_has_a_next_state_and_a_remark, 0,
	    STATE_COUNT);
	tcase_add_test(c, names_are_those_of_rfc_9293_and_ours_is_unseen);
	tcase_add_test(c, every_state_and_event_is_told_in_words);
	tcase_add_loop_test(c, reset_closes_whatever_the_state, 0,
	    STATE_COUNT);
	tcase_add_loop_test(c, nobody_becomes_unseen_again, 0, STATE_COUNT);
	tcase_add_test(c, closed_stays_closed_but_for_a_new_attempt);
	tcase_add_test(c, time_wait_lasts);
	tcase_add_test(c, no_way_leads_back_from_a_close);
	tcase_add_test(c, sending_the_same_again_changes_nothing);
	tcase_add_loop_test(c, path_leads_where_the_rfc_says, 0,
	    ARRAY_LEN(paths));
	tcase_add_test(c, no_state_is_out_of_reach);
	tcase_add_test(c,
	    judgements_have_a_key_words_and_a_sentence_of_their_own);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
