/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "query.h"
#include "query-private.h"

#include <string.h>

/* Answers that are kept for texts by their number. */
#define MAX_KNOWN (1u << 22)

G_DEFINE_QUARK (ui - query - error - quark, ui_query_error)

static void
alternative_clear (gpointer data)
{
  UiQueryAlternative *self = data;

  g_free (self->text);
  g_clear_pointer (&self->pattern, g_pattern_spec_free);
}

static void
term_free (gpointer data)
{
  UiQueryTerm *term = data;

  g_array_unref (term->alternatives);
  g_clear_pointer (&term->known, g_ptr_array_unref);
  g_free (term);
}

UiQueryTerm *
ui_query_term_new (void)
{
  UiQueryTerm *term = g_new0 (UiQueryTerm, 1);

  term->alternatives = g_array_new (FALSE, TRUE, sizeof (UiQueryAlternative));
  g_array_set_clear_func (term->alternatives, alternative_clear);
  return term;
}

UiQuery *
ui_query_ref (UiQuery *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
ui_query_unref (UiQuery *self)
{
  if (self == NULL || !g_atomic_ref_count_dec (&self->refs))
    return;
  g_ptr_array_unref (self->terms);
  g_free (self);
}

static void
byte_array_free (gpointer data)
{
  if (data != NULL)
    g_byte_array_unref (data);
}

UiQuery *
ui_query_new (const UiQueryField *fields, const char *text, GError **error)
{
  g_autoptr (UiQuery) self = g_new0 (UiQuery, 1);

  g_atomic_ref_count_init (&self->refs);
  self->fields = fields;
  self->terms = g_ptr_array_new_with_free_func (term_free);
  for (; fields[self->n_fields].name != NULL; self->n_fields++)
    ;
  if (!ui_query_parse (self, text, error))
    return NULL;
  for (guint i = 0; i < self->terms->len; i++)
    {
      UiQueryTerm *term = self->terms->pdata[i];

      term->known = g_ptr_array_new_with_free_func (byte_array_free);
      g_ptr_array_set_size (term->known, (int)self->n_fields);
    }
  return g_steal_pointer (&self);
}

gboolean
ui_query_is_empty (const UiQuery *self)
{
  return self == NULL || self->terms->len == 0;
}

gboolean
ui_query_has_field (const UiQuery *self, guint index)
{
  for (guint i = 0; self != NULL && i < self->terms->len; i++)
    {
      const UiQueryTerm *term = self->terms->pdata[i];

      if (term->field == index ||
          (term->field == UI_QUERY_ANY && self->fields[index].type == UI_QUERY_TEXT &&
           self->fields[index].is_searched))
        return TRUE;
    }
  return FALSE;
}

gboolean
ui_query_wants_word (const UiQuery *self, guint field, guint word)
{
  for (guint i = 0; self != NULL && i < self->terms->len; i++)
    {
      const UiQueryTerm *term = self->terms->pdata[i];

      if (term->field != field || term->is_negated)
        continue;
      for (guint k = 0; k < term->alternatives->len; k++)
        if (g_array_index (term->alternatives, UiQueryAlternative, k).words >> word & 1)
          return TRUE;
    }
  return FALSE;
}

/* ---- Matching ---------------------------------------------------------------------------------- */

static gboolean
matches_text (const UiQueryTerm *term, const char *text)
{
  g_autofree char *folded = NULL;

  if (text == NULL)
    return FALSE;
  folded = g_utf8_casefold (text, -1);
  for (guint i = 0; i < term->alternatives->len; i++)
    {
      const UiQueryAlternative *wanted = &g_array_index (term->alternatives, UiQueryAlternative, i);

      if (wanted->pattern != NULL ? g_pattern_spec_match_string (wanted->pattern, folded)
          : wanted->is_whole      ? g_str_equal (folded, wanted->text)
                                  : strstr (folded, wanted->text) != NULL)
        return TRUE;
    }
  return FALSE;
}

enum
{
  UNKNOWN,
  DOES_NOT,
  DOES,
};

/* Equal texts are compared once. */
static gboolean
matches_known_text (const UiQueryTerm *term, guint field, const UiQueryValue *value)
{
  GByteArray *known = term->known->pdata[field];
  guint before;

  if (value->id == 0 || value->id >= MAX_KNOWN)
    return matches_text (term, value->text);
  if (known == NULL)
    known = term->known->pdata[field] = g_byte_array_new ();
  before = known->len;
  if (value->id >= before)
    {
      g_byte_array_set_size (known, MAX (value->id + 1, before * 2));
      memset (known->data + before, UNKNOWN, known->len - before);
    }
  if (known->data[value->id] == UNKNOWN)
    known->data[value->id] = matches_text (term, value->text) ? DOES : DOES_NOT;
  return known->data[value->id] == DOES;
}

static gboolean
matches_number (const UiQueryTerm *term, gint64 number)
{
  for (guint i = 0; i < term->alternatives->len; i++)
    {
      const UiQueryAlternative *wanted = &g_array_index (term->alternatives, UiQueryAlternative, i);

      if (number >= wanted->low && number <= wanted->high)
        return TRUE;
    }
  return FALSE;
}

static gboolean
matches_word (const UiQueryTerm *term, gint64 word)
{
  for (guint i = 0; i < term->alternatives->len; i++)
    if (word >= 0 && word < 64 &&
        (g_array_index (term->alternatives, UiQueryAlternative, i).words >> word & 1))
      return TRUE;
  return FALSE;
}

static gboolean
matches_field (const UiQuery *self, const UiQueryTerm *term, guint field, UiQueryGetFunc get,
               gpointer data)
{
  UiQueryValue value = { 0 };

  get (data, field, &value);
  switch (self->fields[field].type)
    {
    case UI_QUERY_TEXT:
      return matches_known_text (term, field, &value);
    case UI_QUERY_WORD:
      return matches_word (term, value.number);
    default:
      return matches_number (term, value.number);
    }
}

static gboolean
matches_any (const UiQuery *self, const UiQueryTerm *term, UiQueryGetFunc get, gpointer data)
{
  for (guint field = 0; field < self->n_fields; field++)
    if (self->fields[field].type == UI_QUERY_TEXT && self->fields[field].is_searched &&
        matches_field (self, term, field, get, data))
      return TRUE;
  return FALSE;
}

gboolean
ui_query_match (UiQuery *self, UiQueryGetFunc get, gpointer data)
{
  for (guint i = 0; self != NULL && i < self->terms->len; i++)
    {
      const UiQueryTerm *term = self->terms->pdata[i];
      gboolean matches = term->field == UI_QUERY_ANY
                             ? matches_any (self, term, get, data)
                             : matches_field (self, term, term->field, get, data);

      if (matches == term->is_negated)
        return FALSE;
    }
  return TRUE;
}
