/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "breaks.h"

#include <string.h>

#include <stops.h>

/* Whether "server/client.c" is what "/src/server/client.c" ends with. */
static gboolean
is_end_of (const char *file, const char *path)
{
  gsize length = strlen (file), whole = strlen (path);

  return length <= whole && strcmp (path + whole - length, file) == 0 &&
         (length == whole || path[whole - length - 1] == '/');
}

/* "client.c:88 if attempts > 3" is at line 88 of that file; 0: it is not at a line of @told. */
static guint
get_line (const InspectorBreakpoint *breakpoint, const char *told)
{
  const char *end = strstr (breakpoint->text, " if ");
  g_autofree char *where = end != NULL
                               ? g_strndup (breakpoint->text, (gsize)(end - breakpoint->text))
                               : g_strdup (breakpoint->text);
  char *colon = strrchr (where, ':');
  guint64 line;

  if (colon == NULL || !g_ascii_string_to_unsigned (colon + 1, 10, 1, G_MAXINT, &line, NULL))
    return 0;
  *colon = '\0';
  return is_end_of (where, told) ? (guint)line : 0;
}

void
source_breaks_show (UiSession *session, const char *told, SourceMarks *marks)
{
  g_autoptr (GPtrArray) list = ui_session_list_breakpoints (session);

  source_marks_clear (marks, SOURCE_MARK_BREAK);
  for (guint i = 0; told != NULL && i < list->len; i++)
    {
      const InspectorBreakpoint *breakpoint = list->pdata[i];
      guint line = get_line (breakpoint, told);

      if (line > 0)
        source_marks_set (marks, SOURCE_MARK_BREAK, line,
                          !breakpoint->is_enabled ? SOURCE_BREAK_OFF
                          : breakpoint->trouble != NULL && breakpoint->n_hits == 0
                              ? SOURCE_BREAK_UNMET
                              : SOURCE_BREAK_ON);
    }
}

gboolean
source_breaks_toggle (UiSession *session, const char *told, guint line, GError **error)
{
  g_autoptr (GPtrArray) list = ui_session_list_breakpoints (session);
  g_autofree char *text = g_strdup_printf ("%s:%u", told, line);
  gboolean was_there = FALSE;

  for (guint i = 0; i < list->len; i++)
    {
      const InspectorBreakpoint *breakpoint = list->pdata[i];

      if (get_line (breakpoint, told) != line)
        continue;
      ui_session_remove_breakpoint (session, breakpoint->id);
      was_there = TRUE;
    }
  return was_there || ui_session_add_breakpoint (session, text, error) != 0;
}
