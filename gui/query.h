/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_QUERY_H
#define UI_QUERY_H

#include <glib.h>

/**
 * SECTION: query.h
 *
 * What people type to find some of many things, the same in all views:
 *
 *     fetch                      "fetch" is somewhere in its texts
 *     state:blocked wait>1s      both
 *     state:blocked,waiting      either
 *     name:fetch*                the whole name; without * and ? a part of it suffices, and = wants all of it
 *     polls:10..20  age<=5m      numbers and durations (ns, us, ms, s, m, h, d)
 *     -state:resting             not
 *     "state:odd"                the text itself
 *
 * A view says in a table what its things have, and hands over the values of one thing after the other.
 * Nothing of GTK is needed here; a query may be used by any thread, by one at a time.
 */

G_BEGIN_DECLS

#ifndef UI_API
#define UI_API __attribute__ ((visibility ("default"))) extern
#endif

#define UI_QUERY_ERROR (ui_query_error_quark ())
UI_API GQuark ui_query_error_quark (void);

typedef enum
{
  UI_QUERY_TEXT, /* a part of it, or all of it by a pattern */
  UI_QUERY_NUMBER,
  UI_QUERY_DURATION, /* nanoseconds */
  UI_QUERY_WORD,     /* one of a few; its value is the index of the word */
} UiQueryType;

/**
 * UiQueryField: what can be asked of a thing
 * @name: lower case, not translated: "state"
 * @meaning: for people, marked with N_()
 * @words: (nullable): of UI_QUERY_WORD, at most 64, ended by %NULL
 * @is_searched: (of UI_QUERY_TEXT) what stands alone is looked for in it
 */
typedef struct
{
  const char *name;
  UiQueryType type;
  const char *meaning;
  const char *const *words;
  gboolean is_searched;
} UiQueryField;

/** UiQueryValue: what one thing has. */
typedef struct
{
  const char *text; /* of UI_QUERY_TEXT; %NULL: it has none */
  gint64 number;    /* of the others */
  guint32
      id; /* equal texts of a field may have equal numbers here, and are compared once; 0: none */
} UiQueryValue;

/** @field: index in the table; @ret_value comes zeroed */
typedef void (*UiQueryGetFunc) (gpointer data, guint field, UiQueryValue *ret_value);

typedef struct _UiQuery UiQuery;

/**
 * ui_query_new:
 * @fields: ended by a row without a name; it stays as long as the query
 *
 * Returns: (transfer full) (nullable): %NULL: @error says in one line what is wrong, and what would be right
 */
UI_API UiQuery *ui_query_new (const UiQueryField *fields, const char *text, GError **error);
UI_API UiQuery *ui_query_ref (UiQuery *query);
UI_API void ui_query_unref (UiQuery *query);
/** Whether it asks for nothing: everything matches then. */
UI_API gboolean ui_query_is_empty (const UiQuery *query);
/** Whether it asks for the field at @index. */
UI_API gboolean ui_query_has_field (const UiQuery *query, guint index);
/** Whether it wants things that have the word @word of @field, and says so. */
UI_API gboolean ui_query_wants_word (const UiQuery *query, guint field, guint word);
UI_API gboolean ui_query_match (UiQuery *query, UiQueryGetFunc get, gpointer data);

/** Returns: (transfer full) (nullable): texts that field number @field may have, for completion */
typedef char **(*UiQueryListFunc) (gpointer data, guint field);
/**
 * ui_query_complete:
 * @cursor: bytes of @text that stand before what is typed
 * @list: (nullable): what texts there are
 * @ret_start: (out): where in @text the completions begin; they replace it from there to @cursor
 *
 * Returns: (transfer full): what may stand there; at most 50
 */
UI_API char **ui_query_complete (const UiQueryField *fields, const char *text, gsize cursor,
                                 UiQueryListFunc list, gpointer data, gsize *ret_start);
/**
 * ui_query_toggle:
 * @term: "state:blocked"
 *
 * Returns: (transfer full): @text with the term, or without it where it had it
 */
UI_API char *ui_query_toggle (const char *text, const char *term);
/** Returns: (transfer full): "name=fetch", or "name=\"fetch posts\"" */
UI_API char *ui_query_dup_term (const char *field, const char *operator, const char * value);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (UiQuery, ui_query_unref)

G_END_DECLS

#endif
