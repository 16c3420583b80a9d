/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A comparison for people and for machines. */

#include "config.h"

#include <math.h>
#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>

#include "model/format.h"
#include "render/layout.h"
#include "session/inspector-profile-private.h"

#define DIFF_SCHEMA_VERSION 1
/* What is significant and less than that is of no interest. */
#define MIN_CHANGE 0.05

static const struct
{
  const char *name;
  ConditionStatistic statistic;
  double share;
} figures[] = {
  { "avg", CONDITION_AVG, 0 },
  { "p50", CONDITION_QUANTILE, 0.5 },
  { "p99", CONDITION_QUANTILE, 0.99 },
};

static const char *const verdicts[] = { [COMPARE_CHANCE] = "chance",
                                        [COMPARE_SLOWER] = "slower",
                                        [COMPARE_FASTER] = "faster",
                                        [COMPARE_UNKNOWN] = "unknown" };

static gboolean
is_on_both (const CompareRow *row)
{
  return row->all[COMPARE_BEFORE].count > 0 && row->all[COMPARE_AFTER].count > 0;
}

static gboolean
is_change (double before, double after)
{
  return fabs (after - before) >= MIN_CHANGE * MAX (before, 1);
}

/* Slower where any figure is, for that is what is looked for; faster where some are and none is
 * slower. */
static CompareVerdict
judge (const Compare *compare, const CompareRow *row)
{
  guint n_slower = 0, n_faster = 0, n_known = 0;

  for (guint i = 0; i < G_N_ELEMENTS (figures); i++)
    {
      CompareVerdict verdict = compare_test (compare, row, figures[i].statistic, figures[i].share);

      n_known += verdict != COMPARE_UNKNOWN;
      if (!is_change (
              compare_get (compare, row, COMPARE_BEFORE, figures[i].statistic, figures[i].share),
              compare_get (compare, row, COMPARE_AFTER, figures[i].statistic, figures[i].share)))
        continue;
      n_slower += verdict == COMPARE_SLOWER;
      n_faster += verdict == COMPARE_FASTER;
    }
  if (n_known == 0)
    return COMPARE_UNKNOWN;
  return n_slower > 0 ? COMPARE_SLOWER : n_faster > 0 ? COMPARE_FASTER : COMPARE_CHANCE;
}

/* ---- Text ----------------------------------------------------------------------------------- */

static char *
describe_sides (const Compare *compare)
{
  guint before = compare->n_runs[COMPARE_BEFORE], after = compare->n_runs[COMPARE_AFTER];

  if (compare_is_by_runs (compare))
    return g_strdup_printf (_ ("async-inspect: %u recordings against %u, compared as wholes: a "
                               "change counts where 1 in 20 ways or fewer to deal them to both "
                               "sides would show as much of it"),
                            before, after);
  return g_strdup_printf (
      _ ("async-inspect: %u against %u, compared by the samples within: a change "
         "counts where their 95 %% intervals do not meet; three recordings or "
         "more on each side are surer, for samples of one run are alike"),
      before, after);
}

static char *
describe_ratio (double before, double after)
{
  return before > 0 ? g_strdup_printf ("%.2fx", after / before) : g_strdup ("-");
}

static char *
describe_value (ConditionStatistic statistic, double value)
{
  return statistic == CONDITION_COUNT ? model_format_count ((guint64)value)
                                      : model_format_duration ((gint64)value);
}

static char *
describe_figure (const Compare *compare, const CompareRow *row, guint index)
{
  double before =
      compare_get (compare, row, COMPARE_BEFORE, figures[index].statistic, figures[index].share);
  double after =
      compare_get (compare, row, COMPARE_AFTER, figures[index].statistic, figures[index].share);
  CompareVerdict verdict =
      compare_test (compare, row, figures[index].statistic, figures[index].share);
  g_autofree char *from = describe_value (figures[index].statistic, before);
  g_autofree char *to = describe_value (figures[index].statistic, after);
  g_autofree char *ratio = describe_ratio (before, after);

  return g_strdup_printf ("%s %s -> %s (%s%s)", figures[index].name, from, to, ratio,
                          verdict == COMPARE_CHANCE    ? _ (", may be chance")
                          : verdict == COMPARE_UNKNOWN ? _ (", too few to tell")
                                                       : "");
}

static void
add_row (Layout *layout, const Compare *compare, const CompareRow *row)
{
  g_autofree char *before = model_format_count (row->all[COMPARE_BEFORE].count);
  g_autofree char *after = model_format_count (row->all[COMPARE_AFTER].count);
  g_autofree char *counts = g_strdup_printf (
      ngettext ("%s time, then %s", "%s times, then %s", (gulong)row->all[COMPARE_BEFORE].count),
      before, after);
  g_autofree char *right = row->place.where != NULL && *row->place.where != '\0'
                               ? g_strdup_printf ("%s   (%s)", counts, row->place.where)
                               : g_strdup (counts);
  g_autoptr (GString) line = g_string_new (NULL);

  layout_add_header (layout, 2, row->name, LAYOUT_BOLD, right, LAYOUT_PLAIN);
  if (row->what != NULL)
    layout_add_line (layout, 6, FALSE, row->what, LAYOUT_PLAIN);
  if (!is_on_both (row))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (figures); i++)
    {
      g_autofree char *figure = describe_figure (compare, row, i);

      g_string_append_printf (line, "%s%s", i > 0 ? ", " : "", figure);
    }
  layout_add_line (layout, 6, FALSE, line->str, LAYOUT_PLAIN);
}

typedef enum
{
  PART_SLOWER,
  PART_FASTER,
  PART_NEW,
  PART_GONE,
  PART_UNKNOWN,
  PART_SAME,
} Part;

static Part
get_part (const Compare *compare, const CompareRow *row)
{
  static const Part parts[] = { [COMPARE_CHANCE] = PART_SAME,
                                [COMPARE_SLOWER] = PART_SLOWER,
                                [COMPARE_FASTER] = PART_FASTER,
                                [COMPARE_UNKNOWN] = PART_UNKNOWN };

  if (row->all[COMPARE_BEFORE].count == 0)
    return PART_NEW;
  if (row->all[COMPARE_AFTER].count == 0)
    return PART_GONE;
  return parts[judge (compare, row)];
}

/* Operations, then tasks, which live for longer because of them, or because the program does. What it costs in all, or
 * costs less: the largest first. */
static gint
compare_rows (gconstpointer a, gconstpointer b)
{
  const CompareRow *x = *(const CompareRow *const *)a, *y = *(const CompareRow *const *)b;
  double x_ns = fabs ((double)x->all[COMPARE_AFTER].sum - (double)x->all[COMPARE_BEFORE].sum);
  double y_ns = fabs ((double)y->all[COMPARE_AFTER].sum - (double)y->all[COMPARE_BEFORE].sum);

  if (x->is_tasks != y->is_tasks)
    return x->is_tasks ? 1 : -1;
  return x_ns < y_ns ? 1 : x_ns > y_ns ? -1 : g_strcmp0 (x->key, y->key);
}

static gboolean
is_shown (const CompareRow *row)
{
  return (row->all[COMPARE_BEFORE].count > 0 || row->all[COMPARE_AFTER].count > 0) &&
         (row->is_tasks || row->of != PROFILE_OPERATION_SLEEP);
}

static void
add_part (GString *text, const Compare *compare, GPtrArray *rows, Part part, const char *title,
          InspectorTextFlags flags, guint width)
{
  Layout *layout = layout_new (width, (flags & INSPECTOR_TEXT_COLOUR) != 0);
  gboolean is_first = TRUE;

  for (guint i = 0; i < rows->len; i++)
    {
      const CompareRow *row = g_ptr_array_index (rows, i);

      if (!is_shown (row) || get_part (compare, row) != part)
        continue;
      if (is_first)
        {
          layout_add_line (layout, 0, FALSE, "", LAYOUT_PLAIN);
          layout_add_line (layout, 0, FALSE, title,
                           part == PART_SLOWER ? LAYOUT_ALERT : LAYOUT_BOLD);
        }
      is_first = FALSE;
      add_row (layout, compare, row);
    }
  layout_finish (layout, text);
}

static void
add_same (GString *text, const Compare *compare, GPtrArray *rows)
{
  g_autofree char *count = NULL;
  guint n = 0;

  for (guint i = 0; i < rows->len; i++)
    {
      const CompareRow *row = g_ptr_array_index (rows, i);

      n += is_shown (row) && get_part (compare, row) == PART_SAME;
    }
  if (n == 0)
    return;
  count = model_format_count (n);
  g_string_append_c (text, '\n');
  g_string_append_printf (
      text,
      ngettext ("%s operation or kind of task is as fast as before, as far as can be told",
                "%s operations and kinds of task are as fast as before, as far as can be told", n),
      count);
  g_string_append_c (text, '\n');
}

char *
inspector_diff_to_text (InspectorDiff *diff, InspectorTextFlags flags, guint width)
{
  const Compare *compare;
  g_autoptr (GPtrArray) rows = g_ptr_array_new ();
  g_autofree char *title = NULL;
  GString *text = g_string_new (NULL);
  Layout *layout;

  g_return_val_if_fail (INSPECTOR_IS_DIFF (diff), NULL);

  compare = inspector_diff_peek (diff);
  for (guint i = 0; i < compare->rows->len; i++)
    g_ptr_array_add (rows, g_ptr_array_index (compare->rows, i));
  g_ptr_array_sort (rows, compare_rows);
  title = describe_sides (compare);
  layout = layout_new (width, (flags & INSPECTOR_TEXT_COLOUR) != 0);
  layout_add_line (layout, 0, FALSE, title, LAYOUT_PLAIN);
  layout_finish (layout, text);
  add_part (text, compare, rows, PART_SLOWER, _ ("Slower"), flags, width);
  add_part (text, compare, rows, PART_FASTER, _ ("Faster"), flags, width);
  add_part (text, compare, rows, PART_NEW, _ ("Only on the second side"), flags, width);
  add_part (text, compare, rows, PART_GONE, _ ("Only on the first side"), flags, width);
  add_part (text, compare, rows, PART_UNKNOWN, _ ("Too few to tell"), flags, width);
  add_same (text, compare, rows);
  return g_string_free (text, FALSE);
}

/* ---- Conditions ----------------------------------------------------------------------------- */

static const char *
describe_outcome (const CompareOutcome *outcome)
{
  if (outcome->holds)
    return _ ("holds");
  if (!outcome->is_beyond)
    return _ ("does not hold");
  return outcome->verdict == COMPARE_UNKNOWN ? _ ("not counted: too few samples to tell")
                                             : _ ("not counted: it may be chance");
}

char *
inspector_diff_check (InspectorDiff *diff, const char *text, gboolean even_chance,
                      gboolean *ret_holds, GError **error)
{
  g_autoptr (GArray) outcomes = g_array_new (FALSE, FALSE, sizeof (CompareOutcome));
  Condition *condition;
  GString *lines;

  g_return_val_if_fail (INSPECTOR_IS_DIFF (diff), NULL);

  condition = condition_parse (text, error);
  if (condition == NULL)
    return NULL;
  if (!compare_check (inspector_diff_peek (diff), condition, even_chance, outcomes, ret_holds,
                      error))
    {
      condition_free (condition);
      return NULL;
    }
  lines = g_string_new (NULL);
  for (guint i = 0; i < outcomes->len; i++)
    {
      const CompareOutcome *outcome = &g_array_index (outcomes, CompareOutcome, i);
      g_autofree char *before = describe_value (outcome->comparison->statistic, outcome->before);
      g_autofree char *after = describe_value (outcome->comparison->statistic, outcome->after);
      g_autofree char *ratio = describe_ratio (outcome->before, outcome->after);

      g_string_append_printf (lines, _ ("%s: %s (%s: %s -> %s, %s)"), outcome->comparison->text,
                              describe_outcome (outcome), outcome->row->name, before, after, ratio);
      g_string_append_c (lines, '\n');
    }
  condition_free (condition);
  return g_string_free (lines, FALSE);
}

/* ---- JSON ----------------------------------------------------------------------------------- */

static void
set (JsonBuilder *builder, const char *name, double value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, (gint64)value);
}

static void
set_text (JsonBuilder *builder, const char *name, const char *value)
{
  json_builder_set_member_name (builder, name);
  if (value != NULL && *value != '\0')
    json_builder_add_string_value (builder, value);
  else
    json_builder_add_null_value (builder);
}

static void
add_figures (JsonBuilder *builder, const Compare *compare, const CompareRow *row)
{
  for (guint i = 0; i < G_N_ELEMENTS (figures); i++)
    {
      json_builder_set_member_name (builder, figures[i].name);
      json_builder_begin_object (builder);
      set (builder, "before_ns",
           compare_get (compare, row, COMPARE_BEFORE, figures[i].statistic, figures[i].share));
      set (builder, "after_ns",
           compare_get (compare, row, COMPARE_AFTER, figures[i].statistic, figures[i].share));
      set_text (builder, "verdict",
                verdicts[compare_test (compare, row, figures[i].statistic, figures[i].share)]);
      json_builder_end_object (builder);
    }
}

char *
inspector_diff_to_json (InspectorDiff *diff)
{
  static const char *const words[] = { "slower", "faster", "new", "gone", "unknown", "same" };
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *line = NULL;
  const Compare *compare;

  g_return_val_if_fail (INSPECTOR_IS_DIFF (diff), NULL);

  compare = inspector_diff_peek (diff);
  json_builder_begin_object (builder);
  set (builder, "schema", DIFF_SCHEMA_VERSION);
  set_text (builder, "version", PACKAGE_VERSION);
  set (builder, "before", compare->n_runs[COMPARE_BEFORE]);
  set (builder, "after", compare->n_runs[COMPARE_AFTER]);
  set_text (builder, "method", compare_is_by_runs (compare) ? "permutation" : "intervals");
  json_builder_set_member_name (builder, "rows");
  json_builder_begin_array (builder);
  for (guint i = 0; i < compare->rows->len; i++)
    {
      const CompareRow *row = g_ptr_array_index (compare->rows, i);

      json_builder_begin_object (builder);
      set_text (builder, "name", row->name);
      set_text (builder, "class",
                row->is_tasks ? "tasks" : profile_operation_class_get_word (row->of));
      set_text (builder, "kind", row->kind);
      set_text (builder, "waits_for", row->what);
      set_text (builder, "where", row->place.where);
      set_text (builder, "verdict", words[get_part (compare, row)]);
      set (builder, "count_before", (double)row->all[COMPARE_BEFORE].count);
      set (builder, "count_after", (double)row->all[COMPARE_AFTER].count);
      add_figures (builder, compare, row);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  line = json_to_string (root, FALSE);
  return g_strconcat (line, "\n", NULL);
}
