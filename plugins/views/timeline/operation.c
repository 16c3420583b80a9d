/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "operation.h"

#include <string.h>
#include <glib/gi18n-lib.h>

#include <csv.h>

struct _TimelineOperation
{
  GObject parent_instance;
  InspectorOperation said;
  char *kind;
  char *state; /* in words: "waiting (network)" */
};

G_DEFINE_TYPE (TimelineOperation, timeline_operation, G_TYPE_OBJECT)

/* A number is a member of InspectorOperation, 64 bits wide. */
static const struct
{
  const char *title;
  const char *csv;
  gssize offset; /* -1: a text */
  gboolean is_time;
} columns[TIMELINE_N_COLUMNS] = {
  [TIMELINE_COLUMN_STATE] = { N_ ("State"), "state", -1, FALSE },
  [TIMELINE_COLUMN_KIND] = { N_ ("Operation"), "operation", -1, FALSE },
  [TIMELINE_COLUMN_PLACE] = { N_ ("Where"), "place", -1, FALSE },
  [TIMELINE_COLUMN_COUNT] = { N_ ("Count"), "count", G_STRUCT_OFFSET (InspectorOperation, count),
                              FALSE },
  [TIMELINE_COLUMN_TOTAL] = { N_ ("Total"), "total_ns",
                              G_STRUCT_OFFSET (InspectorOperation, total_ns), TRUE },
  [TIMELINE_COLUMN_P50] = { N_ ("Median"), "p50_ns", G_STRUCT_OFFSET (InspectorOperation, p50_ns),
                            TRUE },
  [TIMELINE_COLUMN_P95] = { N_ ("95 %"), "p95_ns", G_STRUCT_OFFSET (InspectorOperation, p95_ns),
                            TRUE },
  [TIMELINE_COLUMN_P99] = { N_ ("99 %"), "p99_ns", G_STRUCT_OFFSET (InspectorOperation, p99_ns),
                            TRUE },
  [TIMELINE_COLUMN_MAX] = { N_ ("Longest"), "max_ns", G_STRUCT_OFFSET (InspectorOperation, max_ns),
                            TRUE },
};

static void
timeline_operation_finalize (GObject *object)
{
  TimelineOperation *self = TIMELINE_OPERATION (object);

  g_free (self->kind);
  g_free (self->state);
  g_free (self->said.place);
  G_OBJECT_CLASS (timeline_operation_parent_class)->finalize (object);
}

static void
timeline_operation_class_init (TimelineOperationClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = timeline_operation_finalize;
}

static void
timeline_operation_init (TimelineOperation *self)
{
}

TimelineOperation *
timeline_operation_new (const InspectorOperation *said)
{
  TimelineOperation *self = g_object_new (TIMELINE_TYPE_OPERATION, NULL);

  self->said = *said;
  self->said.place = g_strdup (said->place);
  self->said.kind = self->kind = g_strdup (said->kind);
  self->state = ui_part_dup_name (said->state, said->family);
  return self;
}

UiStateLook
timeline_operation_get_look (TimelineOperation *self)
{
  return ui_part_get_look (self->said.state, self->said.family);
}

const char *
timeline_operation_get_place (TimelineOperation *self)
{
  return self->said.place;
}

const char *
timeline_column_get_title (TimelineColumn column)
{
  return _ (columns[column].title);
}

gboolean
timeline_column_is_number (TimelineColumn column)
{
  return columns[column].offset >= 0;
}

static gint64
get_number (TimelineOperation *self, TimelineColumn column)
{
  return columns[column].offset < 0 ? 0
                                    : G_STRUCT_MEMBER (gint64, &self->said, columns[column].offset);
}

static const char *
get_text (TimelineOperation *self, TimelineColumn column)
{
  return column == TIMELINE_COLUMN_STATE  ? self->state
         : column == TIMELINE_COLUMN_KIND ? self->kind
                                          : self->said.place;
}

char *
timeline_operation_dup_text (TimelineOperation *self, TimelineColumn column)
{
  if (columns[column].offset < 0)
    return g_strdup (get_text (self, column));
  return columns[column].is_time ? inspector_format_duration (get_number (self, column))
                                 : inspector_format_count ((guint64)get_number (self, column));
}

int
timeline_operation_compare (TimelineOperation *self, TimelineOperation *other,
                            TimelineColumn column)
{
  gint64 a = get_number (self, column), b = get_number (other, column);

  if (columns[column].offset < 0)
    return g_utf8_collate (get_text (self, column), get_text (other, column));
  return a < b ? -1 : a > b;
}

/* ---- CSV ----------------------------------------------------------------------------------------- */

char *
timeline_operations_to_csv (GListModel *operations)
{
  GString *csv = g_string_new (NULL);

  for (guint column = 0; column < TIMELINE_N_COLUMNS; column++)
    ui_csv_append (csv, columns[column].csv);
  ui_csv_end_line (csv);
  for (guint i = 0; i < g_list_model_get_n_items (operations); i++)
    {
      g_autoptr (TimelineOperation) operation = g_list_model_get_item (operations, i);

      for (guint column = 0; column < TIMELINE_N_COLUMNS; column++)
        if (columns[column].offset < 0)
          ui_csv_append (csv, get_text (operation, column));
        else
          ui_csv_append_number (csv, get_number (operation, column));
      ui_csv_end_line (csv);
    }
  return g_string_free (csv, FALSE);
}
