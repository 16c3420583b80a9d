/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The box of one finding. Its sentences are composed in analysis/. */

#include "config.h"

#include "render/text-private.h"

#include <glib/gi18n-lib.h>
#include "model/format.h"
#include "render/layout.h"

#define MAX_FRAMES 3u

/* A sentence of analysis/ begins small, for it may stand within another. */
static char *
capitalise (const char *sentence)
{
  char first[8] = { 0 };

  if (*sentence == '\0')
    return g_strdup ("");
  g_unichar_to_utf8 (g_unichar_toupper (g_utf8_get_char (sentence)), first);
  return g_strconcat (first, g_utf8_next_char (sentence), NULL);
}

static void
add_title (Layout *layout, const Finding *finding)
{
  g_autofree char *title = capitalise (finding->title);
  g_autofree char *since =
      finding->since_ns >= 0 ? model_format_duration (finding->since_ns) : NULL;
  g_autoptr (GString) line = g_string_new (title);

  if (finding->is_pending && finding->began_before)
    g_string_append (line, _ (", since before it was looked at"));
  else if (finding->is_pending && since != NULL)
    g_string_append_printf (line, _ (", for %s"), since);
  else if (since != NULL)
    g_string_append_printf (line, _ (", %s ago"), since);
  if (finding->certainty != ANALYSIS_CERTAIN)
    g_string_append (line, _ (" (inferred)"));
  layout_add_line (layout, 0, FALSE, line->str, finding->is_pending ? LAYOUT_ALERT : LAYOUT_BOLD);
}

/* What a place was called from; the place itself stands in the sentence. */
static void
add_stack (Layout *layout, const FindingPlace *place)
{
  for (guint i = 1; place->stack != NULL && place->stack[0] != NULL && place->stack[i] != NULL; i++)
    {
      g_autofree char *line = g_strdup_printf (_ ("called from %s"), place->stack[i]);

      if (i > MAX_FRAMES)
        break;
      layout_add_line (layout, 6, FALSE, line, LAYOUT_DIM);
    }
}

static void
add_evidence (Layout *layout, const FindingEvidence *evidence)
{
  g_autofree char *line = g_strdup_printf ("- %s", evidence->sentence);

  layout_add_line (layout, 2, FALSE, line,
                   evidence->role == FINDING_AFFECTED ? LAYOUT_DIM : LAYOUT_PLAIN);
  if (evidence->role != FINDING_AFFECTED)
    add_stack (layout, &evidence->wanted.place);
}

static void
add_advice (Layout *layout, const Finding *finding)
{
  if (finding->has_deadline)
    {
      g_autofree char *distance = model_format_duration (ABS (finding->deadline_in_ns));
      g_autofree char *line = g_strdup_printf (
          finding->deadline_in_ns >= 0 ? _ ("until a timeout ends one of these waits, in %s")
                                       : _ ("a timeout that would end it is overdue by %s"),
          distance);

      layout_add_line (layout, 2, FALSE, line, LAYOUT_PLAIN);
    }
  if (finding->detail != NULL)
    {
      g_autofree char *why = g_strdup_printf (_ ("why: %s"), finding->detail);

      layout_add_line (layout, 2, FALSE, why, LAYOUT_PLAIN);
    }
  if (finding->count > 1)
    {
      g_autofree char *count = model_format_count (finding->count);
      g_autofree char *line = g_strdup_printf (
          ngettext ("seen %s time", "seen %s times", (gulong)finding->count), count);

      layout_add_line (layout, 2, FALSE, line, LAYOUT_PLAIN);
    }
  if (finding->suggestion != NULL)
    {
      g_autofree char *suggestion = g_strdup_printf (_ ("try: %s"), finding->suggestion);

      layout_add_line (layout, 2, FALSE, suggestion, LAYOUT_PLAIN);
    }
}

void
export_text_add_finding (GString *text, const Finding *finding, InspectorTextFlags flags,
                         guint width)
{
  Layout *layout = layout_new (width, (flags & INSPECTOR_TEXT_COLOUR) != 0);

  add_title (layout, finding);
  for (guint i = 0; i < finding->evidence->len; i++)
    add_evidence (layout, g_ptr_array_index (finding->evidence, i));
  if (finding->n_hidden > 0)
    {
      g_autofree char *count = model_format_count (finding->n_hidden);
      g_autofree char *line =
          g_strdup_printf (ngettext ("… and %s more", "… and %s more", finding->n_hidden), count);

      layout_add_line (layout, 2, FALSE, line, LAYOUT_DIM);
    }
  add_advice (layout, finding);
  layout_finish (layout, text);
}

/* What a finding says of a task is not said again. */
gboolean
export_text_is_explained (const ReportTarget *target, const ReportTask *task)
{
  for (guint i = 0; task->number != 0 && i < target->findings->len; i++)
    {
      const Finding *finding = g_ptr_array_index (target->findings, i);

      if (finding->is_pending && finding_tells_of (finding, task->number))
        return TRUE;
    }
  return FALSE;
}
