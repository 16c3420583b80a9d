/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "page.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#include <no-task.h>
#include <stops.h>

#include "canvas.h"
#include "input.h"
#include "minimap.h"
#include "overlay.h"
#include "ruler.h"
#include "summary.h"
#include "table.h"
#include "toolbar.h"
#include "words.h"

#define HEADS_WIDTH 210
#define MAX_HEADS_WIDTH 800
/* What is selected is said once somebody has stopped going from one to the next: it has to be read. */
#define SAY_MS 250

struct _TimelinePage
{
  GtkWidget parent_instance;
  TimelineScene *scene;

  GtkWidget *stack;
  GtkWidget *paned;
  GtkWidget *overlay, *heads, *searchbar, *summary, *corner;
  GtkAdjustment *adjustment;
  gboolean is_scrolling;
  guint say_source;
};

G_DEFINE_TYPE (TimelinePage, timeline_page, GTK_TYPE_WIDGET)

TimelineScene *
timeline_page_get_scene (TimelinePage *self)
{
  return self->scene;
}

TimelineSearchbar *
timeline_page_get_searchbar (TimelinePage *self)
{
  return TIMELINE_SEARCHBAR (self->searchbar);
}

void
timeline_page_show_menu (GtkWidget *page)
{
  timeline_input_show_menu (TIMELINE_PAGE (page)->overlay);
}

/* ---- What changes -------------------------------------------------------------------------------- */

static void
show_scroll (TimelinePage *self)
{
  const TimelineViewport *viewport = timeline_scene_get_viewport (self->scene);
  double band = timeline_viewport_get_band (viewport);
  guint n;

  timeline_rows_get (timeline_scene_get_rows (self->scene), &n);
  self->is_scrolling = TRUE;
  gtk_adjustment_configure (
      self->adjustment, viewport->top, 0,
      MAX ((double)((int)n - viewport->n_pinned) * viewport->row_height, viewport->height - band),
      viewport->row_height, viewport->height - band, viewport->height - band);
  self->is_scrolling = FALSE;
}

static void
on_scrolled (GtkAdjustment *adjustment, TimelinePage *self)
{
  if (!self->is_scrolling)
    timeline_scene_scroll_to (self->scene, (int)gtk_adjustment_get_value (adjustment));
}

static void say_selection (TimelinePage *self);

static void
on_read (GtkWidget *page)
{
  say_selection (TIMELINE_PAGE (page));
}

static gboolean
on_say (gpointer data)
{
  TimelinePage *self = data;
  UiSession *session = timeline_scene_get_session (self->scene);
  const InspectorStop *stop = ui_session_get_stop (session);
  g_autofree char *sentence = NULL;
  guint track;

  self->say_source = 0;
  sentence = stop != NULL ? g_strdup_printf (_ ("Stopped: %s"), stop->what)
             : timeline_scene_get_selected (self->scene, &track)
                 ? timeline_words_dup_sentence (session, track, ui_session_get_cursor (session),
                                                GTK_WIDGET (self), on_read)
                 : g_strdup (_ ("No task is selected"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->overlay),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, sentence, -1);
  return G_SOURCE_REMOVE;
}

static void
say_selection (TimelinePage *self)
{
  if (self->say_source == 0 && gtk_widget_get_mapped (GTK_WIDGET (self)))
    self->say_source = g_timeout_add (SAY_MS, on_say, self);
}

static void
show_content (TimelinePage *self)
{
  gint64 first_ns, last_ns;

  gtk_stack_set_visible_child_name (
      GTK_STACK (self->stack),
      timeline_scene_get_range (self->scene, &first_ns, &last_ns) &&
              inspector_history_get_n_tracks (timeline_scene_get_history (self->scene)) > 0
          ? "rows"
          : "empty");
}

/* How many tasks there are, and how many of them are not shown. */
static void
show_counts (TimelinePage *self)
{
  guint n_hidden = timeline_rows_get_n_hidden (timeline_scene_get_rows (self->scene));
  guint n = inspector_history_get_n_tracks (timeline_scene_get_history (self->scene)) -
            ui_session_count_processes (timeline_scene_get_session (self->scene));
  g_autofree char *count = inspector_format_count (n);
  g_autofree char *text =
      n_hidden > 0
          ? g_strdup_printf (
                g_dngettext (GETTEXT_PACKAGE, "%s task, %u hidden", "%s tasks, %u hidden", n),
                count, n_hidden)
          : g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%s task", "%s tasks", n), count);

  gtk_label_set_text (GTK_LABEL (self->corner), text);
}

static void
on_changed (TimelineScene *scene, guint change, TimelinePage *self)
{
  if ((change & TIMELINE_CHANGED_ROWS) != 0)
    show_counts (self);
  if ((change & (TIMELINE_CHANGED_VIEW | TIMELINE_CHANGED_ROWS)) != 0)
    show_scroll (self);
  if ((change & TIMELINE_CHANGED_CONTENT) != 0)
    show_content (self);
  if ((change & TIMELINE_CHANGED_SELECTION) != 0)
    say_selection (self);
}

static void
on_session_changed (GtkWidget *page, UiChange changes)
{
  timeline_scene_take_changes (TIMELINE_PAGE (page)->scene, changes);
}

/* ---- The widget ---------------------------------------------------------------------------------- */

static gboolean
timeline_page_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (TIMELINE_PAGE (widget)->overlay);
}

/* Whoever comes in comes to the rows: the keys are theirs. */
static gboolean
timeline_page_focus (GtkWidget *widget, GtkDirectionType direction)
{
  TimelinePage *self = TIMELINE_PAGE (widget);
  GtkWidget *focus = gtk_root_get_focus (gtk_widget_get_root (widget));

  if ((focus == NULL || !gtk_widget_is_ancestor (focus, widget)) &&
      direction == GTK_DIR_TAB_FORWARD && gtk_widget_get_mapped (self->overlay))
    return gtk_widget_grab_focus (self->overlay);
  return GTK_WIDGET_CLASS (timeline_page_parent_class)->focus (widget, direction);
}

static void
timeline_page_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (timeline_page_parent_class)->map (widget);
  say_selection (TIMELINE_PAGE (widget));
}

static void
timeline_page_dispose (GObject *object)
{
  TimelinePage *self = TIMELINE_PAGE (object);

  if (self->scene != NULL)
    g_signal_handlers_disconnect_by_data (self->scene, self);
  g_clear_handle_id (&self->say_source, g_source_remove);
  g_clear_pointer (&self->stack, gtk_widget_unparent);
  g_clear_object (&self->scene);
  G_OBJECT_CLASS (timeline_page_parent_class)->dispose (object);
}

static void
timeline_page_class_init (TimelinePageClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = timeline_page_dispose;
  GTK_WIDGET_CLASS (klass)->grab_focus = timeline_page_grab_focus;
  GTK_WIDGET_CLASS (klass)->focus = timeline_page_focus;
  GTK_WIDGET_CLASS (klass)->map = timeline_page_map;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
timeline_page_init (TimelinePage *self)
{
}

static GtkWidget *
new_box (GtkWidget *first, GtkWidget *second)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  gtk_box_append (GTK_BOX (box), first);
  gtk_box_append (GTK_BOX (box), second);
  return box;
}

static GtkWidget *
new_rows (TimelinePage *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  GtkWidget *over = gtk_overlay_new ();
  GtkWidget *ruler = timeline_ruler_new (self->scene);
  GtkWidget *scrollbar;

  self->adjustment = gtk_adjustment_new (0, 0, 1, 1, 1, 1);
  g_signal_connect (self->adjustment, "value-changed", G_CALLBACK (on_scrolled), self);
  scrollbar = gtk_scrollbar_new (GTK_ORIENTATION_VERTICAL, self->adjustment);
  self->heads = timeline_heads_new (self->scene);
  self->overlay = timeline_overlay_new (self->scene);
  timeline_input_attach (self->overlay, self->scene);
  gtk_overlay_set_child (GTK_OVERLAY (over), timeline_canvas_new (self->scene));
  gtk_overlay_add_overlay (GTK_OVERLAY (over), self->overlay);
  self->corner = gtk_label_new ("");
  gtk_label_set_ellipsize (GTK_LABEL (self->corner), PANGO_ELLIPSIZE_END);
  gtk_widget_set_size_request (self->corner, -1, 30);
  gtk_widget_add_css_class (self->corner, "dim-label");
  self->paned = gtk_paned_new (GTK_ORIENTATION_HORIZONTAL);
  gtk_paned_set_start_child (GTK_PANED (self->paned), new_box (self->corner, self->heads));
  gtk_paned_set_end_child (GTK_PANED (self->paned), new_box (ruler, over));
  gtk_paned_set_position (GTK_PANED (self->paned), HEADS_WIDTH);
  gtk_paned_set_resize_start_child (GTK_PANED (self->paned), FALSE);
  gtk_paned_set_shrink_start_child (GTK_PANED (self->paned), FALSE);
  gtk_widget_set_hexpand (self->paned, TRUE);
  gtk_box_append (GTK_BOX (box), self->paned);
  gtk_box_append (GTK_BOX (box), scrollbar);
  return box;
}

static GtkWidget *
new_content (TimelinePage *self)
{
  GtkWidget *rows = new_rows (self), *content;

  self->searchbar =
      timeline_searchbar_new (self->scene, TIMELINE_HEADS (self->heads), self->overlay);
  self->summary = timeline_summary_new (self->scene);
  content = new_box (timeline_toolbar_new (self->scene, self->searchbar),
                     timeline_minimap_new (self->scene));
  gtk_box_append (GTK_BOX (content), rows);
  gtk_box_append (GTK_BOX (content), self->summary);
  return content;
}

GtkWidget *
timeline_page_new (UiSession *session)
{
  TimelinePage *self = g_object_new (TIMELINE_TYPE_PAGE, NULL);

  self->scene = timeline_scene_new (session);
  self->stack = gtk_stack_new ();
  gtk_stack_add_named (
      GTK_STACK (self->stack),
      ui_no_task_page_new (session,
                           _ ("A row appears here for each task, as soon as the program has one.")),
      "empty");
  gtk_stack_add_named (GTK_STACK (self->stack), new_content (self), "rows");
  gtk_widget_set_parent (self->stack, GTK_WIDGET (self));
  g_signal_connect (self->scene, "changed", G_CALLBACK (on_changed), self);
  show_content (self);
  show_counts (self);
  ui_session_watch (session, GTK_WIDGET (self),
                    UI_CHANGE_GROWN | UI_CHANGE_STATE | UI_CHANGE_CURSOR | UI_CHANGE_SELECTION |
                        UI_CHANGE_RANGE | UI_CHANGE_MARKS | UI_CHANGE_STOPS,
                    on_session_changed);
  return GTK_WIDGET (self);
}

/* ---- For the shell ------------------------------------------------------------------------------- */

char *
timeline_page_dup_csv (GtkWidget *page)
{
  TimelinePage *self = TIMELINE_PAGE (page);
  char *summary = timeline_summary_dup_csv (TIMELINE_SUMMARY (self->summary));

  return summary != NULL ? summary : timeline_table_dup_csv (self->scene);
}

void
timeline_page_save_state (GtkWidget *page, GKeyFile *state, const char *group)
{
  TimelinePage *self = TIMELINE_PAGE (page);

  timeline_table_save (self->scene, state, group);
  g_key_file_set_integer (state, group, "names-width",
                          gtk_paned_get_position (GTK_PANED (self->paned)));
}

void
timeline_page_load_state (GtkWidget *page, GKeyFile *state, const char *group)
{
  TimelinePage *self = TIMELINE_PAGE (page);
  int width = g_key_file_get_integer (state, group, "names-width", NULL);

  timeline_table_load (self->scene, state, group);
  if (width > 0)
    gtk_paned_set_position (GTK_PANED (self->paned), MIN (width, MAX_HEADS_WIDTH));
}
