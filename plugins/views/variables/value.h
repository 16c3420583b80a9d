/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef VARIABLES_VALUE_H
#define VARIABLES_VALUE_H

#include <inspector-history.h>

G_BEGIN_DECLS

/** ValueChange: since an earlier instant */
typedef enum
{
  VALUE_SAME,
  VALUE_CHANGED,
  VALUE_NEW,
} ValueChange;

/** Value: a variable, or a part of one; a tree. */
typedef struct
{
  char *name;
  char *key;          /* (nullable): by which it is found again, where its name is no help */
  char *text;         /* its value; of what has parts alone "" */
  char *type;         /* ""; unknown */
  char *before;       /* (nullable): its text before it changed */
  ValueChange change; /* of itself, or of a part of it */
  char *place;        /* in the source; "" */
  gboolean is_age;    /* it grows by itself, which is no change */
  guint64 task;       /* that it leads to; 0: none */
  GPtrArray *parts;   /* (element-type Value): never NULL */
} Value;

Value *value_new (const char *name, const char *text, const char *type);
void value_free (Value *value);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Value, value_free)
/** Returns: (transfer none): @part, which @value has from then on */
Value *value_add (Value *value, Value *part);

/**
 * value_new_moment:
 * @history: (nullable): for the names of other tasks
 *
 * Returns: (transfer full): a root whose parts are what a task is: its state, its variables, what it waits
 *   for and what it has
 */
Value *value_new_moment (const InspectorMoment *moment, InspectorHistory *history);
/** Marks what is not in @before, or is another. @before: (nullable): then all is as it was. */
void value_compare (Value *value, const Value *before);
/** How many variables have changed. */
guint value_count_changes (const Value *value);

/** Returns: what it is found again by */
const char *value_get_key (const Value *value);
/** Returns: (transfer full): lines, what is in something further in */
char *value_to_text (const Value *value);
/** Returns: (transfer full): an object of what is in it, as JSON */
char *value_to_json (const Value *value);
/** Returns: (transfer full): a row for each of its parts, as CSV */
char *value_to_csv (const Value *value);

G_END_DECLS

#endif
