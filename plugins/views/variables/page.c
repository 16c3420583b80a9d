/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "page.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#include <moments.h>
#include <named-button.h>
#include <state-paint.h>
#include <watch.h>

#include "machine-canvas.h"
#include "tree.h"

/* Of one time that the history of its states is read. */
#define READ_BUDGET_US 8000
/* How far back a turn of the task is looked for. */
#define MAX_BACK 64

struct _VariablesPage
{
  GtkWidget parent_instance;
  UiSession *session;

  guint64 number; /* of the task that is shown; 0: none */
  guint track;
  StateLog *log;
  gint64 before_ns; /* just before its last turn; G_MININT64: none is known */
  Value *before;    /* what it was then */
  Value *value;     /* what it is */

  GtkWidget *stack, *title, *swatch, *state, *changes, *machine_label, *canvas, *tree, *note;
  AdwStatusPage *empty;
};

G_DEFINE_TYPE (VariablesPage, variables_page, GTK_TYPE_WIDGET)

/* ---- What is shown ------------------------------------------------------------------------------ */

static void
show_empty (VariablesPage *self, const char *title, const char *text)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);

  adw_status_page_set_title (self->empty, title);
  adw_status_page_set_description (self->empty, escaped);
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "empty");
}

static void
forget (VariablesPage *self)
{
  g_clear_pointer (&self->log, state_log_free);
  g_clear_pointer (&self->before, value_free);
  self->before_ns = G_MININT64;
}

/* The instant before the last turn of the task; FALSE: it had none. */
static gboolean
find_last_turn (VariablesPage *self, gint64 at_ns, gint64 *ret_ns)
{
  InspectorHistory *history = ui_session_get_history (self->session);
  InspectorSpan span;

  for (guint i = 0; i < MAX_BACK; i++)
    {
      if (!inspector_history_get_state_at (history, self->track, at_ns, &span) ||
          span.state == INSPECTOR_STATE_NONE)
        return FALSE;
      at_ns = span.begin_ns - 1;
      if (span.state == INSPECTOR_STATE_RUNNING)
        {
          *ret_ns = at_ns;
          return inspector_history_get_state_at (history, self->track, at_ns, &span) &&
                 span.state != INSPECTOR_STATE_NONE;
        }
    }
  return FALSE;
}

static void
on_read (GtkWidget *page)
{
  ui_watch_now (page, UI_CHANGE_STATE);
}

static gboolean
want (VariablesPage *self, gint64 at_ns)
{
  return ui_moments_want (self->session, GTK_WIDGET (self), &self->track, 1, at_ns, UI_MOMENTS_DIM,
                          on_read);
}

/* It is another one only after another turn. FALSE: it is being read. */
static gboolean
load_before (VariablesPage *self, gint64 at_ns)
{
  InspectorHistory *history = ui_session_get_history (self->session);
  InspectorMoment *moment;
  gint64 before_ns;

  if (!find_last_turn (self, at_ns, &before_ns))
    {
      g_clear_pointer (&self->before, value_free);
      self->before_ns = G_MININT64;
      return TRUE;
    }
  if (before_ns == self->before_ns)
    return TRUE;
  if (!want (self, before_ns))
    return FALSE;
  g_clear_pointer (&self->before, value_free);
  self->before_ns = before_ns;
  moment = inspector_history_get_moment (history, self->track, before_ns, NULL);
  if (moment != NULL)
    self->before = value_new_moment (moment, history);
  inspector_moment_free (moment);
  return TRUE;
}

static guint
count_changes (const Value *value)
{
  guint n = 0;

  for (guint i = 0; i < value->parts->len; i++)
    n += value_count_changes (value->parts->pdata[i]);
  return n;
}

/* Groups of nothing are not shown. */
static void
show_values (VariablesPage *self)
{
  guint n = count_changes (self->value);
  g_autofree char *text = g_strdup_printf (
      ngettext ("%u changed in the last turn", "%u changed in the last turn", n), n);

  for (guint i = self->value->parts->len; i > 0; i--)
    if (((Value *)self->value->parts->pdata[i - 1])->parts->len == 0)
      g_ptr_array_remove_index (self->value->parts, i - 1);
  variables_tree_set_value (VARIABLES_TREE (self->tree), self->value);
  gtk_label_set_text (GTK_LABEL (self->changes), n > 0 ? text : "");
  gtk_widget_set_visible (self->note, self->value->parts->len == 0);
  gtk_widget_set_visible (self->tree, self->value->parts->len > 0);
}

static void
show_title (VariablesPage *self, const InspectorMoment *moment, gint64 at_ns, gint64 ended_ns)
{
  InspectorHistory *history = ui_session_get_history (self->session);
  g_autofree char *name = inspector_history_dup_name (history, self->track);
  g_autofree char *number = g_strdup_printf ("%" G_GUINT64_FORMAT, self->number);
  g_autofree char *title = g_strdup_printf ("#%s %s", number, name);
  g_autofree char *duration = NULL, *state = NULL;
  InspectorSpan span;

  gtk_label_set_text (GTK_LABEL (self->title), title);
  ui_state_swatch_set (self->swatch, moment->state);
  /* Of the one instant of a core file it is not known since when. */
  if (inspector_history_get_state_at (history, self->track, at_ns, &span) && at_ns > span.begin_ns)
    duration = inspector_format_duration (at_ns - span.begin_ns);
  if (ended_ns >= 0)
    {
      g_autofree char *ago = inspector_format_duration (ended_ns);

      state = g_strdup_printf (_ ("ended %s ago; this is what it was last"), ago);
    }
  else
    state = duration != NULL
                ? g_strdup_printf (_ ("%s for %s"), ui_state_get_name (moment->state), duration)
                : g_strdup (ui_state_get_name (moment->state));
  gtk_label_set_text (GTK_LABEL (self->state), state);
  gtk_widget_set_tooltip_text (self->state, state);
}

/* ---- The state machine -------------------------------------------------------------------------- */

static void
show_machine (VariablesPage *self, gint64 at_ns, gboolean is_named)
{
  InspectorHistory *history = ui_session_get_history (self->session);
  g_autoptr (GError) error = NULL;
  gboolean is_read;

  if (self->log == NULL || self->log->is_named != is_named)
    {
      g_clear_pointer (&self->log, state_log_free);
      self->log = state_log_new (self->track, is_named);
      machine_canvas_set_machine (MACHINE_CANVAS (self->canvas), NULL);
    }
  is_read = state_log_read (self->log, history, at_ns, READ_BUDGET_US, &error);
  machine_canvas_set_machine (MACHINE_CANVAS (self->canvas), machine_new (self->log, at_ns, FALSE));
  gtk_label_set_text (GTK_LABEL (self->machine_label),
                      error != NULL       ? error->message
                      : !is_read          ? _ ("Its states (still being read)")
                      : self->log->is_cut ? _ ("Its states (the first ones; there are too many)")
                      : is_named          ? _ ("Its states")
                                 : _ ("What it was seen to do; its program names no states"));
  if (!is_read && error == NULL)
    ui_watch_again (GTK_WIDGET (self), UI_CHANGE_GROWN);
}

/* ---- All of it ---------------------------------------------------------------------------------- */

static void
tell_gone (VariablesPage *self, gint64 at_ns, const GError *error)
{
  InspectorTrack info;
  g_autofree char *text = NULL;

  if (error != NULL)
    {
      show_empty (self, _ ("What was at this instant cannot be read"), error->message);
      return;
    }
  inspector_history_get_track (ui_session_get_history (self->session), self->track, &info);
  if (at_ns < info.begin_ns)
    {
      g_autofree char *instant = ui_session_dup_instant (self->session, info.begin_ns);

      text = g_strdup_printf (_ ("It begins at %s."), instant);
      show_empty (self, _ ("It has not begun yet"), text);
    }
  else
    {
      g_autofree char *instant = ui_session_dup_instant (self->session, info.end_ns);

      text = g_strdup_printf (_ ("It ended at %s; go back in time to see what it was."), instant);
      show_empty (self, _ ("It has ended"), text);
    }
}

static void
tell_task (VariablesPage *self, gint64 at_ns)
{
  InspectorHistory *history = ui_session_get_history (self->session);
  g_autoptr (GError) error = NULL;
  InspectorMoment *moment;
  InspectorTrack info;
  gint64 ended_ns = -1;

  if (!inspector_history_find_track (history, self->number, &self->track) ||
      !inspector_history_get_track (history, self->track, &info))
    {
      show_empty (self, _ ("No longer known"), _ ("The selected task is no longer known."));
      return;
    }
  /* Of one that has ended, what it was last. */
  if (info.end_ns <= at_ns)
    {
      ended_ns = at_ns - info.end_ns;
      at_ns = info.end_ns - 1;
    }
  /* The one before first: the instant that is looked at is the one that other views ask for next. */
  if (!load_before (self, at_ns) || !want (self, at_ns))
    return;
  moment = inspector_history_get_moment (history, self->track, at_ns, &error);
  if (moment == NULL)
    {
      tell_gone (self, at_ns, error);
      return;
    }
  g_clear_pointer (&self->value, value_free);
  self->value = value_new_moment (moment, history);
  value_compare (self->value, self->before);
  show_title (self, moment, at_ns, ended_ns);
  show_values (self);
  show_machine (self, at_ns, *moment->state_name != '\0');
  inspector_moment_free (moment);
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "task");
}

static void
on_changed (GtkWidget *page, UiChange changes)
{
  VariablesPage *self = VARIABLES_PAGE (page);
  gint64 first_ns, last_ns;
  guint64 number = ui_session_get_selection (self->session);

  if (number != self->number)
    forget (self);
  self->number = number;
  if (!inspector_history_get_range (ui_session_get_history (self->session), &first_ns, &last_ns))
    show_empty (self, _ ("Nothing has happened yet"),
                _ ("Its variables are shown here once a task is there and selected."));
  else if (number == 0)
    show_empty (self, _ ("No task is selected"),
                _ ("Select a task in any view to see its states and its variables."));
  else
    tell_task (self, ui_session_get_cursor (self->session));
}

/* ---- Commands ----------------------------------------------------------------------------------- */

static void
copy (VariablesPage *self, const char *text)
{
  if (text != NULL)
    gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), text);
}

void
variables_page_copy (GtkWidget *page)
{
  g_autofree char *text =
      variables_tree_dup_selected (VARIABLES_TREE (VARIABLES_PAGE (page)->tree));

  copy (VARIABLES_PAGE (page), text);
}

void
variables_page_copy_text (GtkWidget *page)
{
  VariablesPage *self = VARIABLES_PAGE (page);
  g_autofree char *text = self->value != NULL ? value_to_text (self->value) : NULL;

  copy (self, text);
}

void
variables_page_copy_json (GtkWidget *page)
{
  VariablesPage *self = VARIABLES_PAGE (page);
  g_autofree char *text = self->value != NULL ? value_to_json (self->value) : NULL;

  copy (self, text);
}

char *
variables_page_dup_csv (GtkWidget *page)
{
  VariablesPage *self = VARIABLES_PAGE (page);

  return self->value != NULL ? value_to_csv (self->value) : NULL;
}

static void
on_activated (VariablesTree *tree, guint64 task, const char *place, VariablesPage *self)
{
  if (task != 0)
    ui_session_set_selection (self->session, task);
  else
    ui_session_show_place (self->session, place);
}

static void
on_state_activated (MachineCanvas *canvas, const char *place, VariablesPage *self)
{
  ui_session_show_place (self->session, place);
}

/* ---- The widget --------------------------------------------------------------------------------- */

static void
variables_page_dispose (GObject *object)
{
  VariablesPage *self = VARIABLES_PAGE (object);

  if (self->session != NULL)
    g_signal_handlers_disconnect_by_data (self->session, self);
  g_clear_pointer (&self->stack, gtk_widget_unparent);
  forget (self);
  g_clear_pointer (&self->value, value_free);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (variables_page_parent_class)->dispose (object);
}

static void
variables_page_class_init (VariablesPageClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = variables_page_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static GtkWidget *
new_label (const char *style)
{
  GtkWidget *label = gtk_label_new ("");

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (label, style);
  return label;
}

static GtkWidget *
new_head (VariablesPage *self)
{
  GtkWidget *head = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);
  GtkWidget *first = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *second = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *text = ui_named_button_new ("edit-copy-symbolic", _ ("Copy all variables as text"));
  GtkWidget *json = ui_named_button_new_text ("JSON", _ ("Copy all variables as JSON"));

  self->title = new_label ("heading");
  gtk_widget_set_hexpand (self->title, TRUE);
  self->swatch = ui_state_swatch_new (INSPECTOR_STATE_NONE);
  gtk_widget_set_valign (self->swatch, GTK_ALIGN_CENTER);
  self->state = new_label ("numeric");
  self->changes = new_label ("accent");
  gtk_widget_set_margin_end (self->changes, 6);
  gtk_widget_add_css_class (text, "flat");
  gtk_widget_add_css_class (json, "flat");
  g_signal_connect_swapped (text, "clicked", G_CALLBACK (variables_page_copy_text), self);
  g_signal_connect_swapped (json, "clicked", G_CALLBACK (variables_page_copy_json), self);
  gtk_box_append (GTK_BOX (first), self->title);
  gtk_box_append (GTK_BOX (first), text);
  gtk_box_append (GTK_BOX (first), json);
  gtk_box_append (GTK_BOX (second), self->swatch);
  gtk_box_append (GTK_BOX (second), self->state);
  gtk_box_append (GTK_BOX (second), self->changes);
  gtk_box_append (GTK_BOX (head), first);
  gtk_box_append (GTK_BOX (head), second);
  return head;
}

static GtkWidget *
new_task (VariablesPage *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *head = new_head (self);

  self->machine_label = new_label ("caption");
  gtk_widget_add_css_class (self->machine_label, "dim-label");
  self->canvas = machine_canvas_new ();
  g_signal_connect (self->canvas, "activated", G_CALLBACK (on_state_activated), self);
  self->tree = variables_tree_new ();
  gtk_widget_set_vexpand (self->tree, TRUE);
  g_signal_connect (self->tree, "activated", G_CALLBACK (on_activated), self);
  self->note = new_label ("dim-label");
  gtk_label_set_text (
      GTK_LABEL (self->note),
      _ ("It waits for nothing that is known, has nothing, and its program says nothing of "
         "it."));
  gtk_label_set_ellipsize (GTK_LABEL (self->note), PANGO_ELLIPSIZE_NONE);
  gtk_label_set_wrap (GTK_LABEL (self->note), TRUE);
  gtk_widget_set_margin_start (head, 12);
  gtk_widget_set_margin_end (head, 6);
  gtk_widget_set_margin_start (self->machine_label, 12);
  gtk_widget_set_margin_start (self->note, 12);
  gtk_box_append (GTK_BOX (box), head);
  gtk_box_append (GTK_BOX (box), self->machine_label);
  gtk_box_append (GTK_BOX (box), self->canvas);
  gtk_box_append (GTK_BOX (box), self->note);
  gtk_box_append (GTK_BOX (box), self->tree);
  return box;
}

/* Once for the display. */
static void
add_style (void)
{
  static gboolean is_added = FALSE; /* a display has one style */
  g_autoptr (GtkCssProvider) provider = NULL;

  if (is_added || gdk_display_get_default () == NULL)
    return;
  is_added = TRUE;
  provider = gtk_css_provider_new ();
  gtk_css_provider_load_from_data (
      provider,
      ".variables-changed { background: alpha(@accent_bg_color, 0.18); "
      "font-weight: bold; border-radius: 4px; }",
      -1);
  gtk_style_context_add_provider_for_display (gdk_display_get_default (),
                                              GTK_STYLE_PROVIDER (provider),
                                              GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
}

static void
variables_page_init (VariablesPage *self)
{
  add_style ();
  self->before_ns = G_MININT64;
  self->empty = ADW_STATUS_PAGE (adw_status_page_new ());
  adw_status_page_set_icon_name (self->empty, "view-list-symbolic");
  gtk_widget_add_css_class (GTK_WIDGET (self->empty), "compact");
  self->stack = gtk_stack_new ();
  gtk_stack_add_named (GTK_STACK (self->stack), GTK_WIDGET (self->empty), "empty");
  gtk_stack_add_named (GTK_STACK (self->stack), new_task (self), "task");
  gtk_widget_set_parent (self->stack, GTK_WIDGET (self));
}

GtkWidget *
variables_page_new (UiSession *session)
{
  VariablesPage *self = g_object_new (VARIABLES_TYPE_PAGE, NULL);

  self->session = g_object_ref (session);
  ui_session_watch (session, GTK_WIDGET (self),
                    UI_CHANGE_GROWN | UI_CHANGE_CURSOR | UI_CHANGE_STATE | UI_CHANGE_SELECTION,
                    on_changed);
  return GTK_WIDGET (self);
}
