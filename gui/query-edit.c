/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* What helps to type a query: completion, and terms that come and go by a click. */

#include <string.h>

#include "query-private.h"

#define MAX_COMPLETIONS 50u

typedef struct
{
  GPtrArray *found;
  const char *typed; /* folded */
} Completions;

static void
offer (Completions *self, const char *text)
{
  g_autofree char *folded = g_utf8_casefold (text, -1);

  if (self->found->len < MAX_COMPLETIONS && strstr (folded, self->typed) != NULL)
    g_ptr_array_add (self->found, g_strdup (text));
}

static char *
quote (const char *value)
{
  g_autofree char *plain = g_strdelimit (g_strdup (value), "\"", '?');

  return *value == '\0' || strpbrk (value, " \t,*?-") != NULL ? g_strdup_printf ("\"%s\"", plain)
                                                              : g_strdup (plain);
}

static void
offer_fields (Completions *self, const UiQueryField *fields)
{
  for (guint i = 0; fields[i].name != NULL; i++)
    {
      gboolean is_ordered =
          fields[i].type == UI_QUERY_NUMBER || fields[i].type == UI_QUERY_DURATION;
      g_autofree char *text = g_strconcat (fields[i].name, is_ordered ? ">" : ":", NULL);

      if (g_str_has_prefix (text, self->typed))
        g_ptr_array_add (self->found, g_steal_pointer (&text));
    }
}

static void
offer_values (Completions *self, const UiQueryField *field, guint index, UiQueryListFunc list,
              gpointer data)
{
  g_auto (GStrv) texts = field->type == UI_QUERY_TEXT && list != NULL ? list (data, index) : NULL;

  for (guint i = 0; field->words != NULL && field->words[i] != NULL; i++)
    offer (self, field->words[i]);
  for (guint i = 0; texts != NULL && texts[i] != NULL; i++)
    {
      g_autofree char *quoted = quote (texts[i]);

      offer (self, quoted);
    }
}

/* What is typed of the last alternative: after the last comma that is not in quotes. */
static const char *
find_choice (const char *from, const char *until)
{
  gboolean is_quoted = FALSE;
  const char *begin = from;

  for (; from < until; from++)
    if (*from == '"')
      is_quoted = !is_quoted;
    else if (*from == ',' && !is_quoted)
      begin = from + 1;
  return begin;
}

char **
ui_query_complete (const UiQueryField *fields, const char *text, gsize cursor, UiQueryListFunc list,
                   gpointer data, gsize *ret_start)
{
  g_autofree char *before = g_strndup (text, cursor), *typed = NULL, *folded = NULL;
  Completions self = { .found = g_ptr_array_new_with_free_func (g_free) };
  const char *at = before, *begin = before + strlen (before);
  UiQueryPiece piece = { 0 }, last = { 0 };
  guint field;

  while (ui_query_next_piece (&at, &piece))
    last = piece;
  if (last.end == begin && last.begin != NULL)
    begin = last.name_length > 0 ? find_choice (last.value, last.end) : last.value;
  else
    last = (UiQueryPiece){ 0 };
  typed = g_strdup (begin);
  if (last.name_length > 0 && *typed == '"')
    typed[0] = '\0';
  folded = g_utf8_casefold (typed, -1);
  self.typed = folded;
  if (last.name_length == 0)
    offer_fields (&self, fields);
  else if (ui_query_find_field (fields, last.begin + last.is_negated, last.name_length, &field))
    offer_values (&self, &fields[field], field, list, data);
  *ret_start = (gsize)(begin - before);
  g_ptr_array_add (self.found, NULL);
  return (char **)g_ptr_array_free (self.found, FALSE);
}

char *
ui_query_toggle (const char *text, const char *term)
{
  g_autoptr (GString) kept = g_string_new (NULL);
  gboolean had_it = FALSE;
  const char *at = text;
  UiQueryPiece piece;

  while (ui_query_next_piece (&at, &piece))
    {
      gsize length = (gsize)(piece.end - piece.begin);

      if (length == strlen (term) && strncmp (piece.begin, term, length) == 0)
        {
          had_it = TRUE;
          continue;
        }
      if (kept->len > 0)
        g_string_append_c (kept, ' ');
      g_string_append_len (kept, piece.begin, (gssize)length);
    }
  if (!had_it)
    g_string_append_printf (kept, "%s%s", kept->len > 0 ? " " : "", term);
  return g_string_free (g_steal_pointer (&kept), FALSE);
}

char *
ui_query_dup_term (const char *field, const char *operator, const char * value)
{
  g_autofree char *quoted = quote (value);

  return g_strconcat (field, operator, quoted, NULL);
}
