/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "line.h"

#include <glib/gi18n-lib.h>

#include <csv.h>
#include <inspector.h>

static const char *const kind_names[WHY_N_KINDS] = {
  [WHY_TITLE] = "title",     [WHY_SECTION] = "section", [WHY_WRONG] = "wrong",
  [WHY_TASK] = "task",       [WHY_WAIT] = "wait",       [WHY_HOLDER] = "holder",
  [WHY_UNKNOWN] = "unknown", [WHY_FACT] = "fact",       [WHY_SUGGESTION] = "suggestion",
  [WHY_NOTE] = "note",
};

static void
line_free (gpointer data)
{
  WhyLine *line = data;

  g_free (line->text);
  g_free (line->age);
  g_free (line->place);
  g_free (line);
}

GPtrArray *
why_lines_new (void)
{
  return g_ptr_array_new_with_free_func (line_free);
}

WhyLine *
why_lines_add (GPtrArray *lines, WhyKind kind, guint depth, char *text)
{
  WhyLine *line = g_new0 (WhyLine, 1);

  line->kind = kind;
  line->depth = depth;
  line->text = text;
  line->age = g_strdup ("");
  line->place = g_strdup ("");
  g_ptr_array_add (lines, line);
  return line;
}

void
why_line_set_age (WhyLine *line, gint64 age_ns)
{
  /* Of the one instant of a core file it is not known since when. */
  if (age_ns <= 0)
    return;
  g_free (line->age);
  line->age = inspector_format_duration (age_ns);
}

void
why_line_set_place (WhyLine *line, const char *place)
{
  g_free (line->place);
  line->place = g_strdup (place != NULL ? place : "");
}

void
why_lines_add_socket (GPtrArray *lines, guint depth, const char *kind, const char *local,
                      const char *peer, const char *state, guint64 not_acknowledged,
                      guint64 not_read, const char *command)
{
  g_autofree char *sent = inspector_format_bytes (not_acknowledged);
  g_autofree char *received = inspector_format_bytes (not_read);
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, _ ("the kernel: %s %s → %s, %s, %s not acknowledged, %s not read"),
                          kind, local, peer, state, sent, received);
  if (command != NULL && *command != '\0')
    g_string_append_printf (text, _ (", the other end is %s"), command);
  why_lines_add (lines, WHY_FACT, depth, g_string_free (text, FALSE));
}

gboolean
why_line_equal (const WhyLine *a, const WhyLine *b)
{
  return a->kind == b->kind && a->depth == b->depth && a->is_cycle == b->is_cycle &&
         a->is_inferred == b->is_inferred && a->task == b->task && g_str_equal (a->text, b->text) &&
         g_str_equal (a->age, b->age) && g_str_equal (a->place, b->place);
}

/* ---- Copies ------------------------------------------------------------------------------------- */

char *
why_lines_to_text (GPtrArray *lines)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < lines->len; i++)
    {
      const WhyLine *line = lines->pdata[i];

      if (line->kind == WHY_SECTION && i > 0)
        g_string_append_c (text, '\n');
      g_string_append_printf (text, "%*s%s", (int)line->depth * 2, "", line->text);
      if (line->is_inferred)
        g_string_append_printf (text, " (%s)", _ ("inferred"));
      if (*line->age != '\0')
        g_string_append_printf (text, ", %s", line->age);
      if (*line->place != '\0')
        g_string_append_printf (text, "  %s", line->place);
      g_string_append_c (text, '\n');
    }
  return g_string_free (text, FALSE);
}

char *
why_lines_to_csv (GPtrArray *lines)
{
  GString *csv = g_string_new ("kind,depth,text,age,place,task,deadlock,inferred\r\n");

  for (guint i = 0; i < lines->len; i++)
    {
      const WhyLine *line = lines->pdata[i];

      ui_csv_append (csv, kind_names[line->kind]);
      ui_csv_append_number (csv, line->depth);
      ui_csv_append (csv, line->text);
      ui_csv_append (csv, line->age);
      ui_csv_append (csv, line->place);
      ui_csv_append_number (csv, (gint64)line->task);
      ui_csv_append_number (csv, line->is_cycle);
      ui_csv_append_number (csv, line->is_inferred);
      ui_csv_end_line (csv);
    }
  return g_string_free (csv, FALSE);
}
