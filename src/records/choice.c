/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "records/choice.h"

#include "base/err.h"
#include "base/pool.h"
#include "records/record.h"
#include "records/select_options.h"

static const char *
add_column(struct column_choice *choice, const struct column *column)
{
	const struct column **columns;

	for (size_t i = 0; i < choice->count; i++)
		if (choice->columns[i] == column)
			return "is a key that was given twice";
	columns = mem_realloc(choice->columns,
	    (choice->count + 1) * sizeof(*columns));
	if (columns == NULL)
		return err_sentence(ERR_NOMEM);
	columns[choice->count] = column;
	choice->columns = columns;
	choice->count++;
	return NULL;
}

const char *
column_choice_add(struct column_choice *choice, const char *key)
{
	const struct column *column = record_find(key);
	const char *wrong;

	if (column != NULL)
		return add_column(choice, column);
	column = record_find_side("orig_", key);
	if (column == NULL)
		return select_unknown_key;
	wrong = add_column(choice, column);
	return wrong != NULL ? wrong :
	    add_column(choice, record_find_side("resp_", key));
}

void
column_choice_fini(struct column_choice *choice)
{
	mem_free(choice->columns);
	*choice = (struct column_choice){ NULL, 0 };
}
