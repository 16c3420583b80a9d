/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "query-private.h"

#include <errno.h>
#include <string.h>
#include <glib/gi18n-lib.h>

/* The longer ones first. */
static const struct
{
  const char *text;
  UiQueryOperator operator;
} operators[] = {
  { "<=", UI_QUERY_LESS_EQUAL }, { ">=", UI_QUERY_MORE_EQUAL }, { "<", UI_QUERY_LESS },
  { ">", UI_QUERY_MORE },        { "=", UI_QUERY_EQUAL },       { ":", UI_QUERY_IS },
};

static const struct
{
  const char *name;
  double ns;
} units[] = {
  { "ns", 1 },    { "us", 1e3 }, { "µs", 1e3 },   { "μs", 1e3 },   { "ms", 1e6 },    { "s", 1e9 },
  { "sec", 1e9 }, { "m", 60e9 }, { "min", 60e9 }, { "h", 3600e9 }, { "d", 86400e9 },
};

/* ---- Where terms begin and end ------------------------------------------------------------------ */

/* Blanks in quotes are part of a term; a quote that is never closed goes on to the end. */
static const char *
skip_term (const char *at)
{
  gboolean is_quoted = FALSE;

  for (; *at != '\0' && (is_quoted || !g_ascii_isspace (*at)); at++)
    if (*at == '"')
      is_quoted = !is_quoted;
  return at;
}

gboolean
ui_query_next_piece (const char **at, UiQueryPiece *piece)
{
  const char *name;
  gsize length = 0;

  while (g_ascii_isspace (**at))
    ++*at;
  if (**at == '\0')
    return FALSE;
  *piece = (UiQueryPiece){ .begin = *at, .end = skip_term (*at) };
  *at = piece->end;
  piece->is_negated = *piece->begin == '-' && piece->begin + 1 < piece->end;
  name = piece->begin + piece->is_negated;
  piece->value = name;
  while (g_ascii_isalpha (name[length]))
    length++;
  for (guint i = 0; length > 0 && i < G_N_ELEMENTS (operators); i++)
    if (g_str_has_prefix (name + length, operators[i].text))
      {
        piece->name_length = length;
        piece->operator= operators[i].operator;
        piece->value = name + length + strlen (operators[i].text);
        break;
      }
  return TRUE;
}

/* Without its quotes; (transfer full) */
static char *
unquote (const char *begin, const char *end)
{
  GString *text = g_string_new (NULL);

  for (; begin < end; begin++)
    if (*begin != '"')
      g_string_append_c (text, *begin);
  return g_string_free (text, FALSE);
}

/* The alternatives, which commas outside of quotes divide; one that is quoted is taken as it is. */
typedef struct
{
  char *text;
  gboolean is_quoted;
} Choice;

static void
choice_clear (gpointer data)
{
  g_free (((Choice *)data)->text);
}

static GArray *
split (const char *begin, const char *end)
{
  GArray *choices = g_array_new (FALSE, FALSE, sizeof (Choice));
  gboolean is_quoted = FALSE;
  const char *from = begin;

  g_array_set_clear_func (choices, choice_clear);
  for (const char *at = begin; at <= end; at++)
    {
      Choice choice;

      if (at < end && *at == '"')
        is_quoted = !is_quoted;
      if (at < end && (is_quoted || *at != ','))
        continue;
      choice = (Choice){ unquote (from, at), at > from && *from == '"' };
      g_array_append_val (choices, choice);
      from = at + 1;
    }
  return choices;
}

/* ---- Values ------------------------------------------------------------------------------------- */

static char *
list_words (const char *const *words)
{
  return g_strjoinv (", ", (char **)words);
}

static gboolean
read_text (const Choice *choice, UiQueryOperator operator, UiQueryAlternative * ret)
{
  ret->text = g_utf8_casefold (choice->text, -1);
  ret->is_whole = operator== UI_QUERY_EQUAL;
  if (operator== UI_QUERY_IS && !choice->is_quoted && strpbrk (ret->text, "*?") != NULL)
    ret->pattern = g_pattern_spec_new (ret->text);
  return TRUE;
}

static gboolean
read_word (const UiQueryField *field, const Choice *choice, UiQueryAlternative *ret, GError **error)
{
  g_autofree char *wanted = g_ascii_strdown (choice->text, -1), *all = NULL;

  for (guint i = 0; field->words[i] != NULL; i++)
    {
      if (g_str_equal (field->words[i], wanted))
        {
          ret->words = G_GUINT64_CONSTANT (1) << i;
          return TRUE;
        }
      if (*wanted != '\0' && g_str_has_prefix (field->words[i], wanted))
        ret->words |= G_GUINT64_CONSTANT (1) << i;
    }
  if (ret->words != 0)
    return TRUE;
  all = list_words (field->words);
  g_set_error (error, UI_QUERY_ERROR, 0,
               *wanted != '\0' ? _ ("%s: “%s” is none of %s") : _ ("%s:%s is to be one of %s"),
               field->name, choice->text, all);
  return FALSE;
}

/* @unit: (nullable): of what has none itself */
static gboolean
read_amount (const UiQueryField *field, const char *text, const char *unit, double *ret_amount,
             const char **ret_unit)
{
  char *end = NULL;
  double amount = g_ascii_strtod (text, &end);

  if (end == text || !(amount > -1e300 && amount < 1e300) || strpbrk (text, "xXpPnN") == text)
    return FALSE;
  *ret_unit = end;
  if (field->type == UI_QUERY_NUMBER)
    {
      *ret_amount = amount;
      return *end == '\0';
    }
  if (*end == '\0' && unit != NULL)
    end = (char *)unit;
  if (*end == '\0' && amount != 0)
    return FALSE;
  for (guint i = 0; *end != '\0' && i <= G_N_ELEMENTS (units); i++)
    {
      if (i == G_N_ELEMENTS (units))
        return FALSE;
      if (g_str_equal (end, units[i].name))
        {
          amount *= units[i].ns;
          break;
        }
    }
  *ret_amount = amount;
  return TRUE;
}

static gint64
to_integer (double amount)
{
  return amount >= (double)G_MAXINT64   ? G_MAXINT64
         : amount <= (double)G_MININT64 ? G_MININT64
                                        : (gint64)amount;
}

static gboolean
read_range (const UiQueryField *field, const char *text, const char *dots, UiQueryAlternative *ret)
{
  g_autofree char *first = g_strndup (text, dots - text);
  const char *second = dots + 2, *unit = NULL, *none;
  double low = 0, high = 0;

  *ret = (UiQueryAlternative){ .low = G_MININT64, .high = G_MAXINT64 };
  if (*second != '\0' && !read_amount (field, second, NULL, &high, &unit))
    return FALSE;
  if (*first != '\0' && !read_amount (field, first, unit, &low, &none))
    return FALSE;
  if (*first != '\0')
    ret->low = to_integer (low);
  if (*second != '\0')
    ret->high = to_integer (high);
  return *first != '\0' || *second != '\0';
}

static gboolean
read_number (const UiQueryField *field, const Choice *choice, UiQueryOperator operator,
             UiQueryAlternative * ret, GError **error)
{
  const char *dots = strstr (choice->text, ".."), *unit;
  double amount;
  gint64 value;

  if (dots != NULL && (operator== UI_QUERY_IS || operator== UI_QUERY_EQUAL) &&
      read_range (field, choice->text, dots, ret))
    return TRUE;
  if (dots != NULL ||
      !read_amount (field, choice->text + (*choice->text == '#'), NULL, &amount, &unit))
    {
      g_set_error (error, UI_QUERY_ERROR, 0,
                   field->type == UI_QUERY_DURATION
                       ? _ ("%s: “%s” is no duration, like 20ms, 1.5s or 3m")
                       : _ ("%s: “%s” is no number"),
                   field->name, choice->text);
      return FALSE;
    }
  value = to_integer (amount);
  *ret = (UiQueryAlternative){ .low = value, .high = value };
  if (operator== UI_QUERY_LESS || operator== UI_QUERY_LESS_EQUAL)
    *ret = (UiQueryAlternative){ .low = G_MININT64,
                                 .high = operator== UI_QUERY_LESS ? value - 1 : value };
  else if (operator== UI_QUERY_MORE || operator== UI_QUERY_MORE_EQUAL)
    *ret = (UiQueryAlternative){ .low = operator== UI_QUERY_MORE ? value + 1 : value,
                                 .high = G_MAXINT64 };
  return TRUE;
}

static gboolean
read_choice (const UiQueryField *field, const Choice *choice, UiQueryOperator operator,
             UiQueryAlternative * ret, GError **error)
{
  gboolean is_compared = operator!= UI_QUERY_IS && operator!= UI_QUERY_EQUAL;

  if ((field->type == UI_QUERY_TEXT || field->type == UI_QUERY_WORD) && is_compared)
    {
      g_set_error (error, UI_QUERY_ERROR, 0, _ ("%s has no order: write %s:%s"), field->name,
                   field->name, choice->text);
      return FALSE;
    }
  switch (field->type)
    {
    case UI_QUERY_TEXT:
      return read_text (choice, operator, ret);
    case UI_QUERY_WORD:
      return read_word (field, choice, ret, error);
    default:
      return read_number (field, choice, operator, ret, error);
    }
}

/* ---- Terms -------------------------------------------------------------------------------------- */

gboolean
ui_query_find_field (const UiQueryField *fields, const char *name, gsize length, guint *ret_index)
{
  for (guint i = 0; fields[i].name != NULL; i++)
    if (strlen (fields[i].name) == length &&
        g_ascii_strncasecmp (fields[i].name, name, length) == 0)
      {
        *ret_index = i;
        return TRUE;
      }
  return FALSE;
}

static void
set_no_such_field (const UiQueryField *fields, const UiQueryPiece *piece, GError **error)
{
  const char *name = piece->begin + piece->is_negated;
  g_autoptr (GString) all = g_string_new (NULL);
  g_autofree char *said = g_strndup (name, piece->name_length);

  for (guint i = 0; fields[i].name != NULL; i++)
    g_string_append_printf (all, "%s%s", i > 0 ? ", " : "", fields[i].name);
  g_set_error (error, UI_QUERY_ERROR, 0,
               _ ("There is no “%s” to ask for, but %s; quotes look for the text itself"), said,
               all->str);
}

static void
set_missing (const UiQueryPiece *piece, GError **error)
{
  g_autofree char *said = g_strndup (piece->begin, piece->end - piece->begin);

  g_set_error (error, UI_QUERY_ERROR, 0, _ ("“%s” does not say what is wanted"), said);
}

static gboolean
read_piece (UiQuery *self, const UiQueryPiece *piece, UiQueryTerm *term, GError **error)
{
  static const UiQueryField any = { "", UI_QUERY_TEXT };
  const char *name = piece->begin + piece->is_negated;
  const UiQueryField *field = &any;
  g_autoptr (GArray) choices = NULL;

  term->is_negated = piece->is_negated;
  term->field = UI_QUERY_ANY;
  if (piece->name_length > 0)
    {
      if (!ui_query_find_field (self->fields, name, piece->name_length, &term->field))
        {
          set_no_such_field (self->fields, piece, error);
          return FALSE;
        }
      field = &self->fields[term->field];
      if (piece->value == piece->end)
        {
          set_missing (piece, error);
          return FALSE;
        }
    }
  choices = split (piece->value, piece->end);
  for (guint i = 0; i < choices->len; i++)
    {
      const Choice *choice = &g_array_index (choices, Choice, i);
      UiQueryAlternative alternative = { 0 };

      /* "a," is being typed. */
      if (*choice->text == '\0' && choices->len > 1)
        continue;
      if (!read_choice (field, choice, piece->operator, & alternative, error))
        return FALSE;
      g_array_append_val (term->alternatives, alternative);
    }
  if (term->alternatives->len > 0)
    return TRUE;
  set_missing (piece, error);
  return FALSE;
}

gboolean
ui_query_parse (UiQuery *self, const char *text, GError **error)
{
  const char *at = text;
  UiQueryPiece piece;

  if (!g_utf8_validate (text, -1, NULL))
    {
      g_set_error_literal (error, UI_QUERY_ERROR, 0, _ ("The query is not UTF-8"));
      return FALSE;
    }
  while (ui_query_next_piece (&at, &piece))
    {
      UiQueryTerm *term = ui_query_term_new ();

      g_ptr_array_add (self->terms, term);
      if (!read_piece (self, &piece, term, error))
        return FALSE;
    }
  return TRUE;
}
