/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What the inspection cost and what it missed. */

#include "config.h"

#include "render/text-private.h"

#include <string.h>
#include <glib/gi18n-lib.h>
#include "model/format.h"
#include "render/layout.h"

static void
append_loss (GString *line, guint64 count, const char *one, const char *many)
{
  g_autofree char *number = NULL;

  if (count == 0)
    return;
  number = model_format_count (count);
  g_string_append_printf (line, ", %s %s", number,
                          g_dngettext (GETTEXT_PACKAGE, one, many, (gulong)count));
}

static char *
describe_cost (const ReportTarget *target)
{
  const ChannelStats *stats = &target->stats;
  guint64 lost = stats->dropped + stats->overwritten + stats->torn;
  g_autofree char *events = model_format_count (stats->events);
  g_autofree char *lost_text = model_format_count (lost);
  GString *line = g_string_new (NULL);

  /* One call in 64 is timed: a program of few events may have had none. */
  if (stats->cost_ns == 0)
    g_string_append (line, _ ("inspection: too few events to measure its cost, "));
  /* An estimate, of another moment than the kernel's figure: of a program that has hardly run it may be more. */
  else if (target->cpu_ns > 0 && stats->cost_ns <= (guint64)target->cpu_ns)
    {
      g_autofree char *share = model_format_percent ((double)stats->cost_ns / target->cpu_ns);
      g_autofree char *cost = model_format_duration ((gint64)MIN (stats->cost_ns, G_MAXINT64));
      g_string_append_printf (line, _ ("inspection: %s of the program's CPU (%s), "), share, cost);
    }
  else
    {
      g_autofree char *cost = model_format_duration ((gint64)MIN (stats->cost_ns, G_MAXINT64));
      g_string_append_printf (line, _ ("inspection: %s of CPU, "), cost);
    }
  g_string_append_printf (line, ngettext ("%s event, ", "%s events, ", (gulong)stats->events),
                          events);
  g_string_append_printf (line, _ ("%s lost"), lost_text);
  if (lost > 0)
    {
      GString *kinds = g_string_new (NULL);

      append_loss (kinds, stats->dropped, PLURAL ("dropped", "dropped"));
      append_loss (kinds, stats->overwritten, PLURAL ("overwritten", "overwritten"));
      append_loss (kinds, stats->torn, PLURAL ("torn", "torn"));
      g_string_append_printf (line, " (%s)", kinds->str + 2);
      g_string_free (kinds, TRUE);
    }
  append_loss (line, stats->skipped, PLURAL ("operation let pass", "operations let pass"));
  append_loss (line, stats->invalid, PLURAL ("invalid record", "invalid records"));
  append_loss (line, stats->table_losses,
               PLURAL ("name or place without room", "names or places without room"));
  append_loss (line, stats->cut_stacks,
               PLURAL ("call stack without room", "call stacks without room"));
  append_loss (line, target->model.ends_not_seen, PLURAL ("end not seen", "ends not seen"));
  append_loss (
      line, target->model.beyond_limit,
      PLURAL ("object beyond the inspector's memory", "objects beyond the inspector's memory"));
  return g_string_free (line, FALSE);
}

void
export_text_add_footer (GString *text, const ReportTarget *target, InspectorTextFlags flags,
                        guint width)
{
  Layout *layout = layout_new (width, (flags & INSPECTOR_TEXT_COLOUR) != 0);
  g_autofree char *cost = describe_cost (target);

  for (guint i = 0; target->changed != NULL && target->changed[i] != NULL; i++)
    {
      g_autofree char *safe = model_format_text (target->changed[i], strlen (target->changed[i]));
      g_autofree char *line = g_strdup_printf (
          _ ("%s has changed since it was loaded: its functions are not named"), safe);
      layout_add_line (layout, 0, FALSE, line, LAYOUT_PLAIN);
    }
  if (target->remark != NULL)
    layout_add_line (layout, 0, FALSE, target->remark, LAYOUT_PLAIN);
  if (target->lacks_debug_info && target->n_stuck > 0)
    layout_add_line (layout, 0, FALSE,
                     _ ("some lines are not known: build the program with -g to see them"),
                     LAYOUT_PLAIN);
  if (target->n_programs > 1)
    {
      g_autofree char *cut = model_format_count (target->n_replaced);
      g_autofree char *line = g_strdup_printf (
          ngettext ("the process replaced its program (exec), which cut off %s task",
                    "the process replaced its program (exec), which cut off %s tasks",
                    (gulong)target->n_replaced),
          cut);
      layout_add_line (layout, 0, FALSE, line, LAYOUT_PLAIN);
    }
  if (target->stats.silent)
    layout_add_line (layout, 0, FALSE,
                     _ ("the program has stopped reporting, because the inspector had not read for "
                        "seconds: what followed is not known"),
                     LAYOUT_PLAIN);
  layout_add_line (layout, 0, FALSE, cost, LAYOUT_DIM);
  layout_finish (layout, text);
}
