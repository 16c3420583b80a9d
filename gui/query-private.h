/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_QUERY_PRIVATE_H
#define UI_QUERY_PRIVATE_H

/* Between query.c, which matches, and query-parse.c, which reads and completes. */

#include "query.h"

G_BEGIN_DECLS

typedef enum
{
  UI_QUERY_IS, /* ":" */
  UI_QUERY_EQUAL,
  UI_QUERY_LESS,
  UI_QUERY_LESS_EQUAL,
  UI_QUERY_MORE,
  UI_QUERY_MORE_EQUAL,
} UiQueryOperator;

/* A term as it stands in the text. */
typedef struct
{
  const char *begin, *end;
  gboolean is_negated;
  gsize name_length; /* 0: it has no field */
  UiQueryOperator operator;
  const char *value;
} UiQueryPiece;

/* In any of the texts that are searched. */
#define UI_QUERY_ANY G_MAXUINT

/* One of those of which one suffices; which members count is said by the type of the field. */
typedef struct
{
  char *text; /* case folded */
  GPatternSpec *pattern;
  gboolean is_whole;
  gint64 low, high; /* both included */
  guint64 words;    /* a bit each */
} UiQueryAlternative;

typedef struct
{
  gboolean is_negated;
  guint field;          /* or UI_QUERY_ANY */
  GArray *alternatives; /* UiQueryAlternative */
  GPtrArray *known;     /* (nullable) GByteArray by field: answers by the texts' numbers */
} UiQueryTerm;

struct _UiQuery
{
  gatomicrefcount refs;
  const UiQueryField *fields;
  guint n_fields;
  GPtrArray *terms; /* UiQueryTerm: all of them */
};

UiQueryTerm *ui_query_term_new (void);
/* The term at *@at, past which *@at goes. FALSE: there is none left. */
gboolean ui_query_next_piece (const char **at, UiQueryPiece *ret_piece);
gboolean ui_query_find_field (const UiQueryField *fields, const char *name, gsize length,
                              guint *ret_index);
/* Adds what @text says. */
gboolean ui_query_parse (UiQuery *query, const char *text, GError **error);

G_END_DECLS

#endif
