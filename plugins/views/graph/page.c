/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "page.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#include <moments.h>
#include <named-button.h>
#include <watch.h>

#include "canvas.h"
#include "legend.h"
#include "table.h"
#include "tell.h"

#define MAX_NODES 300
#define ZOOM_STEP 1.25

struct _GraphPage
{
  GtkWidget parent_instance;
  UiSession *session;
  GArray *open; /* guint64: groups that are shown one by one */
  gboolean only_part;

  GtkWidget *box, *stack, *canvas, *summary, *note, *part_button, *fold_button;
  AdwStatusPage *empty, *error;

  GCancellable *cancellable; /* of the layout that is made */
};

G_DEFINE_TYPE (GraphPage, graph_page, GTK_TYPE_WIDGET)

/* ---- What is shown ------------------------------------------------------------------------------ */

static void
show (GraphPage *self, const char *name)
{
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), name);
}

static void
show_error (GraphPage *self, const GError *error)
{
  g_autofree char *text = g_markup_escape_text (error->message, -1);

  adw_status_page_set_description (self->error, text);
  graph_canvas_set_picture (GRAPH_CANVAS (self->canvas), NULL);
  gtk_label_set_text (GTK_LABEL (self->summary), "");
  show (self, "error");
}

static void
show_empty (GraphPage *self)
{
  gint64 first_ns, last_ns;
  gboolean has_begun =
      inspector_history_get_range (ui_session_get_history (self->session), &first_ns, &last_ns);

  adw_status_page_set_title (self->empty, !has_begun        ? _ ("Nothing has happened yet")
                                          : self->only_part ? _ ("Nothing hangs together with it")
                                                            : _ ("Nobody waits"));
  adw_status_page_set_description (
      self->empty,
      !has_begun ? _ ("The graph is drawn here once a task waits.")
      : self->only_part
          ? _ ("The selected task neither waits at this instant nor has what others wait for.")
          : _ ("At this instant no task waits for anything that the program can end, and nobody "
               "has "
               "what others wait for."));
  show (self, "empty");
}

static guint64
get_selected_key (GraphPage *self, const GraphPicture *picture)
{
  guint node = picture != NULL
                   ? graph_picture_find_task (picture, ui_session_get_selection (self->session))
                   : G_MAXUINT;

  return node != G_MAXUINT ? graph_picture_node (picture, node)->key : 0;
}

/* A task that is not in the graph is not missing: it has no part in it. */
static void
update_note (GraphPage *self, const GraphPicture *picture)
{
  guint64 selection = ui_session_get_selection (self->session);
  gboolean is_missing = selection != 0 && get_selected_key (self, picture) == 0;
  g_autofree char *number = g_strdup_printf ("%" G_GUINT64_FORMAT, selection);
  g_autofree char *text = NULL;

  if (is_missing && picture->n_folded > 0)
    text = g_strdup_printf (_ ("#%s is not shown by itself"), number);
  else if (is_missing)
    text = g_strdup_printf (_ ("#%s has no part in it"), number);
  gtk_label_set_text (GTK_LABEL (self->note), text != NULL ? text : "");
  gtk_widget_set_visible (self->note, text != NULL);
  gtk_widget_set_sensitive (self->part_button, selection != 0 || self->only_part);
}

static void
show_picture (GraphPage *self, GraphPicture *picture)
{
  g_autofree char *text = graph_tell_picture (picture);

  gtk_label_set_text (GTK_LABEL (self->summary), text);
  gtk_widget_set_visible (self->fold_button, self->open->len > 0);
  graph_canvas_set_picture (GRAPH_CANVAS (self->canvas), picture);
  graph_canvas_set_selected (GRAPH_CANVAS (self->canvas), get_selected_key (self, picture));
  update_note (self, picture);
  if (picture->nodes->len > 0)
    show (self, "graph");
  else
    show_empty (self);
}

/* ---- How it comes about ------------------------------------------------------------------------- */

static void
lay_out (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GraphPicture *picture = data;

  if (inspector_layout_run (picture->layout, cancellable))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error_if_cancelled (task);
}

static void
on_laid_out (GObject *source, GAsyncResult *result, gpointer data)
{
  GraphPage *self = GRAPH_PAGE (source);

  if (!g_task_propagate_boolean (G_TASK (result), NULL) || self->session == NULL)
    return;
  show_picture (self, g_task_get_task_data (G_TASK (result)));
}

static void
free_picture (gpointer picture)
{
  graph_picture_unref (picture);
}

static void
begin_layout (GraphPage *self, GraphPicture *picture)
{
  g_autoptr (GTask) task = NULL;

  g_cancellable_cancel (self->cancellable);
  g_set_object (&self->cancellable, NULL);
  self->cancellable = g_cancellable_new ();
  task = g_task_new (self, self->cancellable, on_laid_out, NULL);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, graph_picture_ref (picture), free_picture);
  g_task_run_in_thread (task, lay_out);
}

static void
on_read (GtkWidget *page)
{
  ui_watch_now (page, UI_CHANGE_STATE);
}

/* NULL: @error; or it is being read */
static InspectorGraph *
want_graph (GraphPage *self, gint64 *ret_at_ns, GError **error)
{
  const InspectorGraphChoice choice = { .max_nodes = MAX_NODES,
                                        .folds = TRUE,
                                        .focus = ui_session_get_selection (self->session),
                                        .only_part = self->only_part,
                                        .open = (const guint64 *)(gpointer)self->open->data,
                                        .n_open = self->open->len };

  return ui_moments_want_graph (self->session, GTK_WIDGET (self), &choice, UI_MOMENTS_DIM, on_read,
                                ret_at_ns, error);
}

static void
build (GraphPage *self)
{
  gint64 at_ns;
  GraphPicture *before = graph_canvas_get_picture (GRAPH_CANVAS (self->canvas));
  g_autoptr (GraphPicture) picture = NULL;
  g_autoptr (InspectorGraph) graph = NULL;
  g_autoptr (GError) error = NULL;

  if (self->only_part && ui_session_get_selection (self->session) == 0)
    self->only_part = FALSE;
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->part_button), self->only_part);
  graph = want_graph (self, &at_ns, &error);
  if (error != NULL)
    show_error (self, error);
  if (graph == NULL)
    return;
  picture = graph_picture_new (graph, ui_session_get_history (self->session), at_ns);
  graph_picture_measure (picture, graph_canvas_get_font (GRAPH_CANVAS (self->canvas)), before);
  if (graph_picture_has_shape (picture, before))
    {
      graph_picture_keep_layout (picture, before);
      g_cancellable_cancel (self->cancellable);
      show_picture (self, picture);
    }
  else
    begin_layout (self, picture);
}

static void
on_changed (GtkWidget *page, UiChange changes)
{
  GraphPage *self = GRAPH_PAGE (page);
  GraphPicture *picture = graph_canvas_get_picture (GRAPH_CANVAS (self->canvas));

  /* At once, also where the layout of another picture takes its time. */
  if ((changes & UI_CHANGE_SELECTION) != 0 && picture != NULL)
    {
      graph_canvas_set_selected (GRAPH_CANVAS (self->canvas), get_selected_key (self, picture));
      update_note (self, picture);
    }
  build (self);
}

/* What somebody has just asked for. */
static void
rebuild (GraphPage *self)
{
  ui_watch_again (GTK_WIDGET (self), UI_CHANGE_STATE);
}

/* ---- Folding ------------------------------------------------------------------------------------ */

static guint
find_open (GraphPage *self, guint64 group)
{
  for (guint i = 0; i < self->open->len; i++)
    if (g_array_index (self->open, guint64, i) == group)
      return i;
  return G_MAXUINT;
}

static void
open_group (GraphPage *self, guint64 group)
{
  if (find_open (self, group) != G_MAXUINT)
    return;
  g_array_append_val (self->open, group);
  rebuild (self);
}

static void
on_activated (GraphCanvas *canvas, guint index, GraphPage *self)
{
  const GraphNode *node = graph_picture_node (graph_canvas_get_picture (canvas), index);

  if (node->n_members > 1)
    open_group (self, node->group);
  else if (node->number != 0)
    ui_session_set_selection (self->session, node->number);
}

/* ---- Commands ----------------------------------------------------------------------------------- */

static const GraphNode *
get_focused (GraphPage *self)
{
  guint node = graph_canvas_get_focused (GRAPH_CANVAS (self->canvas));

  return node != G_MAXUINT
             ? graph_picture_node (graph_canvas_get_picture (GRAPH_CANVAS (self->canvas)), node)
             : NULL;
}

void
graph_page_fit (GtkWidget *page)
{
  graph_canvas_fit (GRAPH_CANVAS (GRAPH_PAGE (page)->canvas));
}

void
graph_page_zoom_in (GtkWidget *page)
{
  graph_canvas_zoom (GRAPH_CANVAS (GRAPH_PAGE (page)->canvas), ZOOM_STEP);
}

void
graph_page_zoom_out (GtkWidget *page)
{
  graph_canvas_zoom (GRAPH_CANVAS (GRAPH_PAGE (page)->canvas), 1 / ZOOM_STEP);
}

void
graph_page_zoom_reset (GtkWidget *page)
{
  graph_canvas_set_scale (GRAPH_CANVAS (GRAPH_PAGE (page)->canvas), 1);
}

void
graph_page_open (GtkWidget *page)
{
  const GraphNode *node = get_focused (GRAPH_PAGE (page));

  if (node != NULL && node->n_members > 1)
    open_group (GRAPH_PAGE (page), node->group);
}

void
graph_page_fold (GtkWidget *page)
{
  GraphPage *self = GRAPH_PAGE (page);
  const GraphNode *node = get_focused (self);
  guint at = node != NULL ? find_open (self, node->group) : G_MAXUINT;

  if (at == G_MAXUINT)
    return;
  g_array_remove_index (self->open, at);
  rebuild (self);
}

void
graph_page_fold_all (GtkWidget *page)
{
  g_array_set_size (GRAPH_PAGE (page)->open, 0);
  rebuild (GRAPH_PAGE (page));
}

static void
set_only_part (GraphPage *self, gboolean only_part)
{
  if (self->only_part == only_part)
    return;
  self->only_part = only_part;
  rebuild (self);
}

void
graph_page_toggle_part (GtkWidget *page)
{
  GraphPage *self = GRAPH_PAGE (page);

  set_only_part (self, !self->only_part && ui_session_get_selection (self->session) != 0);
}

char *
graph_page_dup_csv (GtkWidget *page)
{
  GraphPicture *picture = graph_canvas_get_picture (GRAPH_CANVAS (GRAPH_PAGE (page)->canvas));

  return picture != NULL ? graph_table_new (picture) : NULL;
}

void
graph_page_save_state (GtkWidget *page, GKeyFile *state, const char *group)
{
  GraphPage *self = GRAPH_PAGE (page);

  g_key_file_set_boolean (state, group, "only-part", self->only_part);
}

void
graph_page_load_state (GtkWidget *page, GKeyFile *state, const char *group)
{
  GRAPH_PAGE (page)->only_part = g_key_file_get_boolean (state, group, "only-part", NULL);
  rebuild (GRAPH_PAGE (page));
}

/* ---- The widget --------------------------------------------------------------------------------- */

static void
graph_page_dispose (GObject *object)
{
  GraphPage *self = GRAPH_PAGE (object);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  if (self->session != NULL)
    g_signal_handlers_disconnect_by_data (self->session, self);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_pointer (&self->open, g_array_unref);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (graph_page_parent_class)->dispose (object);
}

/* The keys are those of the drawing. */
static gboolean
graph_page_grab_focus (GtkWidget *widget)
{
  GtkWidget *canvas = GRAPH_PAGE (widget)->canvas;

  return gtk_widget_get_mapped (canvas) && gtk_widget_grab_focus (canvas);
}

static void
graph_page_class_init (GraphPageClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = graph_page_dispose;
  GTK_WIDGET_CLASS (klass)->grab_focus = graph_page_grab_focus;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
add_button (GraphPage *self, GtkWidget *bar, const char *icon, const char *text,
            void (*run) (GtkWidget *page))
{
  GtkWidget *button = ui_named_button_new (icon, text);

  gtk_widget_add_css_class (button, "flat");
  g_signal_connect_swapped (button, "clicked", G_CALLBACK (run), self);
  gtk_box_append (GTK_BOX (bar), button);
}

static void
on_part_toggled (GtkToggleButton *button, GraphPage *self)
{
  set_only_part (self, gtk_toggle_button_get_active (button));
}

static void
add_to_bar (GraphPage *self, GtkWidget *bar)
{
  self->summary = gtk_label_new ("");
  gtk_widget_add_css_class (self->summary, "numeric");
  self->note = gtk_label_new ("");
  gtk_label_set_ellipsize (GTK_LABEL (self->note), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (self->note, "dim-label");
  gtk_widget_set_visible (self->note, FALSE);
  self->fold_button = gtk_button_new_with_label (_ ("Fold again"));
  gtk_widget_set_tooltip_text (self->fold_button, _ ("Show each kind as one again"));
  g_signal_connect_swapped (self->fold_button, "clicked", G_CALLBACK (graph_page_fold_all), self);
  gtk_widget_set_visible (self->fold_button, FALSE);
  self->part_button = gtk_toggle_button_new_with_label (_ ("Only around the selected task"));
  gtk_widget_set_tooltip_text (self->part_button,
                               _ ("Show only what hangs together with the selected task"));
  g_signal_connect (self->part_button, "toggled", G_CALLBACK (on_part_toggled), self);
  gtk_box_append (GTK_BOX (bar), self->summary);
  gtk_box_append (GTK_BOX (bar), self->note);
  gtk_widget_set_hexpand (self->note, TRUE);
  gtk_box_append (GTK_BOX (bar), g_object_new (GTK_TYPE_BOX, "hexpand", TRUE, NULL));
  gtk_box_append (GTK_BOX (bar), self->fold_button);
  gtk_box_append (GTK_BOX (bar), self->part_button);
  add_button (self, bar, "zoom-out-symbolic", _ ("Smaller"), graph_page_zoom_out);
  add_button (self, bar, "zoom-in-symbolic", _ ("Larger"), graph_page_zoom_in);
  add_button (self, bar, "zoom-fit-best-symbolic", _ ("Show all of the graph"), graph_page_fit);
  gtk_box_append (GTK_BOX (bar), graph_legend_new ());
}

static GtkWidget *
new_loading (void)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  GtkWidget *spinner = gtk_spinner_new ();

  gtk_spinner_start (GTK_SPINNER (spinner));
  gtk_widget_set_size_request (spinner, 32, 32);
  gtk_box_append (GTK_BOX (box), spinner);
  gtk_box_append (GTK_BOX (box), gtk_label_new (_ ("Drawing the graph…")));
  gtk_widget_set_halign (box, GTK_ALIGN_CENTER);
  gtk_widget_set_valign (box, GTK_ALIGN_CENTER);
  return box;
}

static void
graph_page_init (GraphPage *self)
{
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  self->open = g_array_new (FALSE, FALSE, sizeof (guint64));
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  add_to_bar (self, bar);
  gtk_widget_set_margin_start (bar, 12);
  gtk_widget_set_margin_end (bar, 6);
  gtk_widget_set_margin_top (bar, 3);
  gtk_widget_set_margin_bottom (bar, 3);
  self->canvas = graph_canvas_new ();
  g_signal_connect (self->canvas, "activated", G_CALLBACK (on_activated), self);
  self->empty = ADW_STATUS_PAGE (adw_status_page_new ());
  adw_status_page_set_icon_name (self->empty, "network-workgroup-symbolic");
  self->error = ADW_STATUS_PAGE (adw_status_page_new ());
  adw_status_page_set_icon_name (self->error, "dialog-error-symbolic");
  adw_status_page_set_title (self->error, _ ("What was at this instant cannot be read"));
  self->stack = gtk_stack_new ();
  gtk_stack_add_named (GTK_STACK (self->stack), new_loading (), "loading");
  gtk_stack_add_named (GTK_STACK (self->stack), GTK_WIDGET (self->empty), "empty");
  gtk_stack_add_named (GTK_STACK (self->stack), GTK_WIDGET (self->error), "error");
  gtk_stack_add_named (GTK_STACK (self->stack), self->canvas, "graph");
  gtk_box_append (GTK_BOX (self->box), bar);
  gtk_box_append (GTK_BOX (self->box), self->stack);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
}

GtkWidget *
graph_page_new (UiSession *session)
{
  GraphPage *self = g_object_new (GRAPH_TYPE_PAGE, NULL);

  self->session = g_object_ref (session);
  ui_session_watch (session, GTK_WIDGET (self),
                    UI_CHANGE_GROWN | UI_CHANGE_CURSOR | UI_CHANGE_STATE | UI_CHANGE_SELECTION,
                    on_changed);
  return GTK_WIDGET (self);
}
