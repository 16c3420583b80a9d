/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "states-page.h"

#include <string.h>

#include <state-paint.h>
#include <watch.h>

#define ROW_HEIGHT 36
#define MARGIN 18
#define NAME_WIDTH 150
/* Tasks that are asked for at once. */
#define BATCH 1024

struct _StatesPage
{
  GtkWidget parent_instance;
  UiSession *session;
  guint counts[INSPECTOR_N_STATES];
  guint n_tasks;
  gboolean by_number;
};

G_DEFINE_TYPE (StatesPage, states_page, GTK_TYPE_WIDGET)

/* ---- What is shown ----------------------------------------------------------------------------- */

static void
count (StatesPage *self)
{
  InspectorHistory *history = ui_session_get_history (self->session);
  guint n = inspector_history_get_n_tracks (history);
  gint64 at_ns = ui_session_get_cursor (self->session);
  g_autofree InspectorRow *rows = g_new (InspectorRow, BATCH);

  memset (self->counts, 0, sizeof self->counts);
  self->n_tasks = 0;
  for (guint first = 0; first < n; first += BATCH)
    {
      guint got = inspector_history_get_rows (history, first, BATCH, at_ns, rows);

      for (guint i = 0; i < got; i++)
        if (rows[i].state != INSPECTOR_STATE_NONE)
          {
            self->counts[rows[i].state]++;
            self->n_tasks++;
          }
    }
}

static int
compare (gconstpointer a, gconstpointer b, gpointer data)
{
  StatesPage *self = data;
  guint one = *(const guint *)a, other = *(const guint *)b;

  if (self->by_number && self->counts[one] != self->counts[other])
    return self->counts[one] < self->counts[other] ? 1 : -1;
  return one < other ? -1 : 1;
}

/* The states in the order of their rows. */
static void
list_states (StatesPage *self, guint ret_states[INSPECTOR_N_STATES - 1])
{
  for (guint i = 0; i < INSPECTOR_N_STATES - 1; i++)
    ret_states[i] = i + 1;
  g_qsort_with_data (ret_states, INSPECTOR_N_STATES - 1, sizeof *ret_states, compare, self);
}

/* Called while the page is seen, and when it is seen again: what nobody sees is not counted. */
static void
on_changed (GtkWidget *page, UiChange changes)
{
  StatesPage *self = STATES_PAGE (page);
  GString *text = g_string_new (NULL);

  count (self);
  /* Who does not see the bars is told the numbers. */
  for (guint i = 1; i < INSPECTOR_N_STATES; i++)
    g_string_append_printf (text, "%s%u %s", i > 1 ? ", " : "", self->counts[i],
                            ui_state_get_name ((InspectorState)i));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  text->str, -1);
  g_string_free (text, TRUE);
  gtk_widget_queue_draw (page);
}

/* ---- Drawing ----------------------------------------------------------------------------------- */

static void
draw_text (StatesPage *self, GtkSnapshot *snapshot, const char *text, float x, float y)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);

  /* A GtkSnapshot takes translations; the style knows the colour of text. */
  gtk_snapshot_render_layout (snapshot, gtk_widget_get_style_context (GTK_WIDGET (self)), x, y,
                              layout);
  g_object_unref (layout);
}

static void
draw_row (StatesPage *self, GtkSnapshot *snapshot, guint state, float y, float width)
{
  g_autofree char *number = g_strdup_printf ("%u", self->counts[state]);
  float length = self->n_tasks > 0 ? width * (float)self->counts[state] / (float)self->n_tasks : 0;
  cairo_t *cr;

  draw_text (self, snapshot, ui_state_get_name ((InspectorState)state), MARGIN, y + 4);
  cr = gtk_snapshot_append_cairo (
      snapshot, &GRAPHENE_RECT_INIT (MARGIN + NAME_WIDTH, y, MAX (length, 1), ROW_HEIGHT - 8));
  ui_state_paint (cr, (InspectorState)state, MARGIN + NAME_WIDTH, y, length, ROW_HEIGHT - 8);
  cairo_destroy (cr);
  draw_text (self, snapshot, number, MARGIN + NAME_WIDTH + length + 6, y + 4);
}

static void
states_page_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  StatesPage *self = STATES_PAGE (widget);
  float width = (float)gtk_widget_get_width (widget) - 2 * MARGIN - NAME_WIDTH - 60;
  guint states[INSPECTOR_N_STATES - 1];

  if (self->n_tasks == 0)
    {
      draw_text (self, snapshot, "No task lives at this instant", MARGIN, MARGIN);
      return;
    }
  list_states (self, states);
  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    draw_row (self, snapshot, states[i], (float)(MARGIN + i * ROW_HEIGHT), MAX (width, 1));
}

static void
states_page_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                     int *natural, int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_VERTICAL
                            ? 2 * MARGIN + (INSPECTOR_N_STATES - 1) * ROW_HEIGHT
                            : 2 * MARGIN + NAME_WIDTH + 100;
}

/* ---- The widget -------------------------------------------------------------------------------- */

static void
states_page_dispose (GObject *object)
{
  StatesPage *self = STATES_PAGE (object);

  g_clear_object (&self->session);
  G_OBJECT_CLASS (states_page_parent_class)->dispose (object);
}

static void
states_page_class_init (StatesPageClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = states_page_dispose;
  GTK_WIDGET_CLASS (klass)->measure = states_page_measure;
  GTK_WIDGET_CLASS (klass)->snapshot = states_page_snapshot;
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), GTK_ACCESSIBLE_ROLE_IMG);
}

static void
states_page_init (StatesPage *self)
{
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  "Tasks by state", -1);
}

GtkWidget *
states_page_new (UiSession *session)
{
  StatesPage *self = g_object_new (STATES_TYPE_PAGE, NULL);

  self->session = g_object_ref (session);
  /* Something has happened; somebody travels in time. */
  ui_session_watch (session, GTK_WIDGET (self), UI_CHANGE_GROWN | UI_CHANGE_CURSOR, on_changed);
  return GTK_WIDGET (self);
}

/* ---- What plugin.c puts into its table --------------------------------------------------------- */

void
states_page_toggle_order (GtkWidget *page)
{
  STATES_PAGE (page)->by_number = !STATES_PAGE (page)->by_number;
  gtk_widget_queue_draw (page);
}

char *
states_page_dup_csv (GtkWidget *page)
{
  StatesPage *self = STATES_PAGE (page);
  GString *text = g_string_new ("state,tasks\r\n");
  guint states[INSPECTOR_N_STATES - 1];

  list_states (self, states);
  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    g_string_append_printf (text, "%s,%u\r\n", ui_state_get_name ((InspectorState)states[i]),
                            self->counts[states[i]]);
  return g_string_free (text, FALSE);
}

void
states_page_save (GtkWidget *page, GKeyFile *state, const char *group)
{
  g_key_file_set_boolean (state, group, "by-number", STATES_PAGE (page)->by_number);
}

void
states_page_load (GtkWidget *page, GKeyFile *state, const char *group)
{
  STATES_PAGE (page)->by_number = g_key_file_get_boolean (state, group, "by-number", NULL);
}
