/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A variable on one short line: of a struct the fields that say something by themselves. All of it is in JSON, in
 * recordings and at a breakpoint. */

#include "config.h"

#include "render/text-private.h"

#include <string.h>
#include <glib/gi18n-lib.h>

#define MAX_FIELDS 5
#define MAX_CHARACTERS 96 /* of all */
#define MAX_INNER 24      /* of a field that has fields */

/* To the end of a field, which is a comma or what closes all, outside of quotes and brackets. */
static const char *
find_end (const char *text)
{
  guint depth = 0;
  char quote = '\0';

  for (; *text != '\0'; text++)
    {
      if (quote != '\0')
        {
          if (*text == '\\' && text[1] != '\0')
            text++;
          else if (*text == quote)
            quote = '\0';
        }
      else if (*text == '"' || *text == '\'')
        quote = *text;
      else if (strchr ("{[(", *text) != NULL)
        depth++;
      else if (depth > 0 && strchr ("}])", *text) != NULL)
        depth--;
      else if (depth == 0 && (*text == ',' || *text == '}'))
        break;
    }
  return text;
}

/* "[1, 2]", "{x: 1}", "point {x: 1}" */
static gboolean
has_fields (const char *value, gsize length)
{
  return strchr ("{[", *value) != NULL ||
         (strchr ("\"'", *value) == NULL && memmem (value, length, " {", 2) != NULL);
}

/* An address alone tells nobody anything, nor that there is a handle of the runtime, and a long list buries the rest. */
static gboolean
is_telling (const char *field, gsize length)
{
  const char *value = memmem (field, length, ": ", 2);
  gsize rest;

  if (value == NULL)
    return FALSE;
  value += 2;
  rest = length - (gsize)(value - field);
  if (rest > 2 && value[0] == '0' && value[1] == 'x')
    {
      const char *target = memmem (value, rest, " -> ", 4);

      return target != NULL && target[4] == '"';
    }
  return rest > 0 && memmem (value, rest, "{…}", strlen ("{…}")) == NULL &&
         (!has_fields (value, rest) || rest <= MAX_INNER);
}

static void
append_field (GString *text, const char *field, const char *end)
{
  const char *pointer = memmem (field, (gsize)(end - field), ": 0x", 4);
  const char *target = memmem (field, (gsize)(end - field), " -> ", 4);

  /* Of a pointer to text, the text. */
  if (pointer != NULL && target != NULL && pointer < target)
    {
      g_string_append_len (text, field, pointer + 2 - field);
      field = target + 4;
    }
  g_string_append_len (text, field, end - field);
}

/* @text: what follows the opening brace */
static void
append_fields (GString *line, const char *text)
{
  guint n = 0;
  gboolean has_more = FALSE;

  g_string_append_c (line, '{');
  while (*text != '\0' && *text != '}')
    {
      const char *end = find_end (text);

      if (n == MAX_FIELDS || !is_telling (text, (gsize)(end - text)) ||
          (n > 0 && line->len + (gsize)(end - text) > MAX_CHARACTERS))
        has_more = TRUE;
      else
        {
          if (n++ > 0)
            g_string_append (line, ", ");
          append_field (line, text, end);
        }
      text = *end == ',' ? end + 1 + strspn (end + 1, " ") : end;
    }
  if (has_more)
    g_string_append (line, n > 0 ? ", …" : "…");
  g_string_append_c (line, '}');
}

/* What follows the brace of "0x55 -> request {id: 12}"; NULL: it is no address of a struct */
static const char *
find_fields (const char *text)
{
  const char *target = strchr (text, ' ');

  if (!g_str_has_prefix (text, "0x") || target == NULL || !g_str_has_prefix (target, " -> "))
    return NULL;
  target += strlen (" -> ");
  target += strcspn (target, "{\"'[(,:");
  return *target == '{' ? target + 1 : NULL;
}

char *
export_text_dup_value (const ReportValue *value)
{
  GString *line = g_string_new (value->name);
  const char *fields = find_fields (value->text);

  g_string_append (line, " = ");
  if (fields != NULL)
    append_fields (line, fields);
  else
    {
      glong length = g_utf8_strlen (value->text, -1);
      const char *end = g_utf8_offset_to_pointer (value->text, MIN (length, MAX_CHARACTERS));

      g_string_append_len (line, value->text, end - value->text);
      if (*end != '\0')
        g_string_append (line, "…");
    }
  if (value->is_inferred)
    g_string_append_printf (line, "   %s", _ ("(inferred)"));
  return g_string_free (line, FALSE);
}
