/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A breakpoint as it is written. */

#include "config.h"

#include "session/breakpoint-private.h"

#include <string.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>

static void
condition_clear (gpointer data)
{
  BreakpointCondition *condition = data;

  g_free (condition->name);
  g_free (condition->value);
  g_free (condition);
}

void
breakpoint_free (Breakpoint *breakpoint)
{
  if (breakpoint == NULL)
    return;
  g_free (breakpoint->text);
  g_free (breakpoint->name);
  g_free (breakpoint->trouble);
  g_clear_pointer (&breakpoint->conditions, g_ptr_array_unref);
  g_free (breakpoint);
}

/* ---- What is met ------------------------------------------------------------------------------- */

/* "5s", "1.5s", "300ms", "2m", "1h". */
static gboolean
parse_duration (const char *text, gint64 *ret_ns)
{
  static const struct
  {
    const char *unit;
    double ns;
  } units[] = { { "ns", 1 },  { "us", 1e3 }, { "ms", 1e6 },
                { "s", 1e9 }, { "m", 60e9 }, { "h", 3600e9 } };
  char *end = NULL;
  double number = g_ascii_isdigit (*text) ? g_ascii_strtod (text, &end) : -1;

  for (guint i = 0; number > 0 && i < G_N_ELEMENTS (units); i++)
    if (strcmp (end, units[i].unit) == 0 && number * units[i].ns < (double)G_MAXINT64)
      {
        *ret_ns = (gint64)(number * units[i].ns);
        return TRUE;
      }
  return FALSE;
}

static gboolean
fail (GError **error, const char *text, const char *why)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               _ ("there can be no breakpoint at '%s': %s"), text, why);
  return FALSE;
}

static const struct
{
  const char *word;
  BreakpointOf of;
} words[] = {
  { "state", BREAKPOINT_STATE },   { "kind", BREAKPOINT_KIND },
  { "task", BREAKPOINT_TASK },     { "resource", BREAKPOINT_RESOURCE },
  { "longer", BREAKPOINT_LONGER }, { "point", BREAKPOINT_POINT },
};

static gboolean
parse_number (Breakpoint *self, const char *text, GError **error)
{
  self->of = BREAKPOINT_NUMBER;
  if (g_ascii_string_to_unsigned (text, 10, 1, G_MAXUINT64, &self->number, NULL))
    return TRUE;
  return fail (error, self->text, _ ("a task is written as #42"));
}

/* "request.c:88"; a name with "::" is none. */
static gboolean
is_line (const char *where)
{
  const char *colon = strrchr (where, ':');

  return colon != NULL && colon != where && colon[-1] != ':' && colon[1] != '\0' &&
         colon[1 + strspn (colon + 1, "0123456789")] == '\0';
}

static gboolean
parse_line (Breakpoint *self, const char *where, GError **error)
{
  const char *colon = strrchr (where, ':');
  guint64 line = 0;

  if (!g_ascii_string_to_unsigned (colon + 1, 10, 1, G_MAXINT, &line, NULL))
    return fail (error, self->text, _ ("no file has such a line"));
  self->of = BREAKPOINT_LINE;
  self->name = g_strndup (where, (gsize)(colon - where));
  self->line = (guint)line;
  return TRUE;
}

/* As no function's name has, of whatever language: by two of them it would. */
static gboolean
has_single_colon (const char *text)
{
  for (const char *at = strchr (text, ':'); at != NULL; at = strchr (at, ':'))
    {
      if (at[1] != ':')
        return TRUE;
      at += 2;
    }
  return FALSE;
}

static gboolean
parse_where (Breakpoint *self, const char *where, GError **error)
{
  if (*where == '\0')
    return fail (error, self->text,
                 _ ("write a function, FILE:LINE, state:NAME, kind:NAME, task:NAME, #NUMBER, "
                    "resource:TEXT, longer:DURATION, point:NAME or deadlock"));
  if (g_str_equal (where, "deadlock"))
    {
      self->of = BREAKPOINT_DEADLOCK;
      return TRUE;
    }
  if (*where == '#')
    return parse_number (self, where + 1, error);
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      gsize length = strlen (words[i].word);
      const char *rest = where + length + 1;

      if (strncmp (where, words[i].word, length) != 0 || where[length] != ':' || *rest == ':')
        continue;
      self->of = words[i].of;
      if (*rest == '\0')
        return fail (error, self->text, _ ("nothing is named after the colon"));
      if (self->of == BREAKPOINT_TASK && *rest == '#')
        return parse_number (self, rest + 1, error);
      self->name = g_strdup (rest);
      if (self->of == BREAKPOINT_LONGER && !parse_duration (rest, &self->duration_ns))
        return fail (error, self->text, _ ("a duration is written as 5s, 300ms or 2m"));
      return TRUE;
    }
  if (is_line (where))
    return parse_line (self, where, error);
  if (has_single_colon (where))
    return fail (
        error, self->text,
        _ ("before a colon stands state, kind, task, resource, longer or point, or a file, "
           "with the number of a line behind it"));
  for (const char *at = where; *at != '\0'; at++)
    if (g_ascii_isspace (*at))
      return fail (error, self->text, _ ("a function's name has no spaces"));
  self->of = BREAKPOINT_FUNCTION;
  self->name = g_strdup (where);
  return TRUE;
}

/* ---- Under which condition ------------------------------------------------------------------------ */

static const struct
{
  const char *text; /* longer ones first */
  BreakpointOperator op;
} operators[] = {
  { "==", BREAKPOINT_EQUAL },    { "!=", BREAKPOINT_NOT_EQUAL }, { "<=", BREAKPOINT_AT_MOST },
  { ">=", BREAKPOINT_AT_LEAST }, { "=", BREAKPOINT_EQUAL },      { "<", BREAKPOINT_BELOW },
  { ">", BREAKPOINT_ABOVE },     { "~", BREAKPOINT_CONTAINS },
};

static char *
dup_word (const char *from, const char *to)
{
  g_autofree char *word = g_strstrip (g_strndup (from, (gsize)(to - from)));
  gsize length = strlen (word);

  if (length >= 2 && (*word == '"' || *word == '\'') && word[length - 1] == *word)
    return g_strndup (word + 1, length - 2);
  return g_steal_pointer (&word);
}

static gboolean
parse_condition (Breakpoint *self, const char *text, GError **error)
{
  for (const char *at = text; *at != '\0'; at++)
    for (guint i = 0; i < G_N_ELEMENTS (operators); i++)
      {
        BreakpointCondition *condition;

        if (!g_str_has_prefix (at, operators[i].text))
          continue;
        condition = g_new0 (BreakpointCondition, 1);
        condition->name = dup_word (text, at);
        condition->op = operators[i].op;
        condition->value = dup_word (at + strlen (operators[i].text), at + strlen (at));
        g_ptr_array_add (self->conditions, condition);
        if (*condition->name != '\0')
          return TRUE;
        return fail (error, self->text, _ ("no variable stands before the operator"));
      }
  return fail (error, self->text,
               _ ("a condition is NAME OPERATOR VALUE, with =, !=, <, <=, >, >= or ~"));
}

/* The next " and " outside of quotes; the end where there is none. */
static const char *
find_and (const char *text)
{
  char quote = '\0';

  for (; *text != '\0'; text++)
    if (quote != '\0')
      quote = *text == quote ? '\0' : quote;
    else if (*text == '"' || *text == '\'')
      quote = *text;
    else if (g_str_has_prefix (text, " and "))
      break;
  return text;
}

static gboolean
parse_conditions (Breakpoint *self, const char *text, GError **error)
{
  for (;;)
    {
      const char *end = find_and (text);
      g_autofree char *part = g_strndup (text, (gsize)(end - text));

      if (!parse_condition (self, part, error))
        return FALSE;
      if (*end == '\0')
        return TRUE;
      text = end + strlen (" and ");
    }
}

Breakpoint *
breakpoint_parse (const char *text, GError **error)
{
  Breakpoint *self = g_new0 (Breakpoint, 1);
  g_autofree char *all = g_strstrip (g_utf8_make_valid (text, -1));
  char *condition = strstr (all, " if ");

  self->text = g_strdup (all);
  self->is_enabled = TRUE;
  self->conditions = g_ptr_array_new_with_free_func (condition_clear);
  if (condition != NULL)
    {
      *condition = '\0';
      condition += strlen (" if ");
    }
  if (!parse_where (self, g_strstrip (all), error) ||
      (condition != NULL && !parse_conditions (self, condition, error)))
    {
      breakpoint_free (self);
      return NULL;
    }
  return self;
}
