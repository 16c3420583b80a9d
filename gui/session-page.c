/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "session-page.h"

#include <string.h>
#include <glib/gi18n-lib.h>

#include "banner.h"
#include "named-button.h"
#include "scrubber.h"
#include "sidecar.h"
#include "stop-bar.h"
#include "stops.h"

#define PANEL_WIDTH 380
/* Below it the panel stands below the views, and the page is as narrow as a phone is. */
#define NARROW 880
#define LEAST_WIDTH 360
#define SPLIT_WIDTH 6 /* what divides them */
#define GROUP "session"

struct _UiSessionPage
{
  GtkWidget parent_instance;
  UiSession *session;
  UiLaunchWords *words;
  GKeyFile *state;
  gboolean is_restored;

  GtkWidget *box;
  GtkWidget *banner;
  GtkWidget *note;
  AdwViewStack *stack;
  GtkWidget *panel, *split;
  GtkStack *panel_stack;
  GtkWidget *follow, *instant;
  gboolean uses_panel;
  gboolean is_narrow;
  guint fold_source;
};

G_DEFINE_TYPE (UiSessionPage, ui_session_page, GTK_TYPE_WIDGET)

UiLaunchWords *
ui_launch_words_copy (const UiLaunchWords *words)
{
  UiLaunchWords *copy = g_new0 (UiLaunchWords, 1);

  copy->argv = g_strdupv (words->argv);
  copy->environment = g_strdupv (words->environment);
  copy->folder = g_strdup (words->folder);
  copy->breaks = g_strdupv (words->breaks);
  return copy;
}

void
ui_launch_words_free (UiLaunchWords *words)
{
  if (words == NULL)
    return;
  g_strfreev (words->argv);
  g_strfreev (words->environment);
  g_free (words->folder);
  g_strfreev (words->breaks);
  g_free (words);
}

/* ---- What is shown ----------------------------------------------------------------------------- */

/* Of a program that runs it is followed, or not; of what has been, there is an end to go to. */
static void
show_follow (UiSessionPage *self)
{
  gboolean is_live = ui_session_get_state (self->session) == UI_SESSION_LIVE;
  gboolean follows = ui_session_is_following (self->session);
  const char *icon = !is_live  ? "go-last-symbolic"
                     : follows ? "media-playback-pause-symbolic"
                               : "media-playback-start-symbolic";
  GtkWidget *image = gtk_button_get_child (GTK_BUTTON (self->follow));

  if (g_strcmp0 (gtk_image_get_icon_name (GTK_IMAGE (image)), icon) == 0)
    return;
  gtk_image_set_from_icon_name (GTK_IMAGE (image), icon);
  ui_named_button_set (self->follow, !is_live  ? _ ("Go to the end")
                                     : follows ? _ ("Pause")
                                               : _ ("Follow"));
}

static void
show_state (UiSessionPage *self)
{
  const char *trouble = ui_session_get_trouble (self->session);
  g_autofree char *instant =
      ui_session_dup_instant (self->session, ui_session_get_cursor (self->session));

  show_follow (self);
  gtk_label_set_text (GTK_LABEL (self->note), trouble != NULL ? trouble : "");
  gtk_widget_set_visible (self->note, trouble != NULL);
  gtk_label_set_text (GTK_LABEL (self->instant), instant);
}

static void
restore_panel (UiSessionPage *self)
{
  g_autofree char *view = g_key_file_get_string (self->state, GROUP, "panel-view", NULL);
  int position = g_key_file_get_integer (self->state, GROUP, "split", NULL);

  if (view != NULL && gtk_stack_get_child_by_name (self->panel_stack, view) != NULL)
    gtk_stack_set_visible_child_name (self->panel_stack, view);
  gtk_widget_set_visible (self->panel,
                          !g_key_file_get_boolean (self->state, GROUP, "panel-hidden", NULL));
  if (position > 0 && !self->is_narrow)
    gtk_paned_set_position (GTK_PANED (self->split), position);
}

static void
restore (UiSessionPage *self)
{
  g_autofree char *view = g_key_file_get_string (self->state, GROUP, "view", NULL);
  g_auto (GStrv) marks = g_key_file_get_string_list (self->state, GROUP, "marks", NULL, NULL);
  gint64 cursor_ns = g_key_file_get_int64 (self->state, GROUP, "cursor", NULL);
  gint64 from_ns = g_key_file_get_int64 (self->state, GROUP, "from", NULL);
  gint64 to_ns = g_key_file_get_int64 (self->state, GROUP, "to", NULL);
  gint64 first_ns, last_ns;

  if (self->is_restored ||
      !inspector_history_get_range (ui_session_get_history (self->session), &first_ns, &last_ns))
    return;
  self->is_restored = TRUE;
  for (guint i = 0; marks != NULL && marks[i] != NULL; i++)
    {
      char *end = NULL;
      gint64 at_ns = g_ascii_strtoll (marks[i], &end, 10);

      if (end != marks[i] && at_ns >= first_ns && at_ns <= last_ns)
        ui_session_add_mark (self->session, at_ns, *end != '\0' ? end + 1 : "");
    }
  if (view != NULL)
    ui_session_page_show_view (self, view);
  if (cursor_ns > first_ns && cursor_ns < last_ns)
    ui_session_set_cursor (self->session, cursor_ns);
  if (from_ns < to_ns && from_ns >= first_ns && to_ns <= last_ns)
    ui_session_set_range (self->session, from_ns, to_ns);
  restore_panel (self);
  ui_session_set_selection (self->session,
                            g_key_file_get_uint64 (self->state, GROUP, "selection", NULL));
}

static void
on_state_changed (UiSession *session, UiSessionPage *self)
{
  UiSessionState state = ui_session_get_state (session);

  show_state (self);
  if (state == UI_SESSION_RECORDED)
    restore (self);
}

static void
on_cursor_changed (UiSession *session, UiSessionPage *self)
{
  show_state (self);
}

static void
on_show_view (UiSession *session, const char *id, UiSessionPage *self)
{
  ui_session_page_show_view (self, id);
}

static void
add_views (UiSessionPage *self)
{
  GPtrArray *views = ui_views_get ();

  for (guint i = 0; i < views->len; i++)
    {
      const UiView *view = views->pdata[i];
      GtkWidget *slot = ui_view_slot_new (view, self->session, self->state);

      if (g_str_equal (view->plugin->place, "panel"))
        {
          gtk_stack_add_titled (self->panel_stack, slot, view->plugin->id,
                                ui_view_translate (view->table, view->plugin->name));
          continue;
        }
      adw_view_stack_page_set_icon_name (
          adw_view_stack_add_titled (self->stack, slot, view->plugin->id,
                                     ui_view_translate (view->table, view->plugin->name)),
          view->plugin->icon);
    }
}

/* ---- The widget -------------------------------------------------------------------------------- */

static void
ui_session_page_dispose (GObject *object)
{
  UiSessionPage *self = UI_SESSION_PAGE (object);

  if (self->session != NULL)
    {
      ui_session_page_save_state (self);
      g_signal_handlers_disconnect_by_data (self->session, self);
    }
  g_clear_handle_id (&self->fold_source, g_source_remove);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->session);
  g_clear_pointer (&self->words, ui_launch_words_free);
  g_clear_pointer (&self->state, g_key_file_unref);
  G_OBJECT_CLASS (ui_session_page_parent_class)->dispose (object);
}

/* ---- As wide as there is room ------------------------------------------------------------------- */

/* No room for the views and the panel beside each other. */
static gboolean
is_too_narrow (UiSessionPage *self)
{
  int least;

  gtk_widget_measure (GTK_WIDGET (self->stack), GTK_ORIENTATION_HORIZONTAL, -1, &least, NULL, NULL,
                      NULL);
  return gtk_widget_get_width (GTK_WIDGET (self)) < MAX (NARROW, least + PANEL_WIDTH + SPLIT_WIDTH);
}

/* Not while sizes are given out: it asks for others. */
static gboolean
on_fold (gpointer data)
{
  UiSessionPage *self = data;
  gboolean is_narrow = is_too_narrow (self);

  self->fold_source = 0;
  if (is_narrow == self->is_narrow)
    return G_SOURCE_REMOVE;
  self->is_narrow = is_narrow;
  gtk_widget_set_size_request (self->panel, is_narrow ? -1 : PANEL_WIDTH, -1);
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self->split), is_narrow
                                                                    ? GTK_ORIENTATION_VERTICAL
                                                                    : GTK_ORIENTATION_HORIZONTAL);
  /* Below one another each has its share, however high the window is. */
  gtk_paned_set_resize_end_child (GTK_PANED (self->split), is_narrow);
  gtk_paned_set_position (GTK_PANED (self->split),
                          is_narrow ? gtk_widget_get_height (self->split) / 2
                                    : gtk_widget_get_width (self->split) - PANEL_WIDTH);
  return G_SOURCE_REMOVE;
}

static void
ui_session_page_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  UiSessionPage *self = UI_SESSION_PAGE (widget);
  int least_width, least_height;

  gtk_widget_measure (self->box, GTK_ORIENTATION_HORIZONTAL, -1, &least_width, NULL, NULL, NULL);
  width = MAX (width, least_width);
  gtk_widget_measure (self->box, GTK_ORIENTATION_VERTICAL, width, &least_height, NULL, NULL, NULL);
  gtk_widget_allocate (self->box, width, MAX (height, least_height), baseline, NULL);
  if (is_too_narrow (self) != self->is_narrow && self->fold_source == 0)
    self->fold_source = g_idle_add_full (G_PRIORITY_HIGH, on_fold, self, NULL);
}

static void
ui_session_page_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                         int *natural, int *minimum_baseline, int *natural_baseline)
{
  UiSessionPage *self = UI_SESSION_PAGE (widget);
  int least;

  gtk_widget_measure (self->box, GTK_ORIENTATION_HORIZONTAL, -1, &least, NULL, NULL, NULL);
  gtk_widget_measure (
      self->box, orientation,
      orientation == GTK_ORIENTATION_VERTICAL && for_size >= 0 ? MAX (for_size, least) : for_size,
      minimum, natural, minimum_baseline, natural_baseline);
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    *minimum = MIN (*minimum, LEAST_WIDTH);
}

static void
ui_session_page_class_init (UiSessionPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ui_session_page_dispose;
  widget_class->measure = ui_session_page_measure;
  widget_class->size_allocate = ui_session_page_size_allocate;
}

static GtkWidget *
new_panel (UiSessionPage *self)
{
  GtkWidget *panel = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *switcher = gtk_stack_switcher_new ();

  self->panel_stack = GTK_STACK (gtk_stack_new ());
  gtk_stack_switcher_set_stack (GTK_STACK_SWITCHER (switcher), self->panel_stack);
  gtk_widget_set_margin_top (switcher, 6);
  gtk_widget_set_margin_bottom (switcher, 6);
  gtk_widget_set_margin_start (switcher, 6);
  gtk_widget_set_margin_end (switcher, 6);
  gtk_box_append (GTK_BOX (panel), switcher);
  gtk_box_append (GTK_BOX (panel), GTK_WIDGET (self->panel_stack));
  gtk_widget_set_size_request (panel, PANEL_WIDTH, -1);
  gtk_widget_add_css_class (panel, "panel");
  return panel;
}

static GtkWidget *
new_time_bar (UiSessionPage *self)
{
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *scrubber = ui_scrubber_new (self->session);

  self->follow = ui_named_button_new ("media-playback-start-symbolic", _ ("Follow"));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->follow), "win.follow");
  gtk_widget_add_css_class (self->follow, "flat");
  gtk_widget_set_valign (self->follow, GTK_ALIGN_CENTER);
  gtk_widget_set_hexpand (scrubber, TRUE);
  self->instant = gtk_label_new ("");
  gtk_label_set_width_chars (GTK_LABEL (self->instant), 10);
  gtk_widget_add_css_class (self->instant, "numeric");
  gtk_widget_set_margin_end (self->instant, 6);
  gtk_box_append (GTK_BOX (bar), self->follow);
  gtk_box_append (GTK_BOX (bar), scrubber);
  gtk_box_append (GTK_BOX (bar), self->instant);
  gtk_widget_add_css_class (bar, "time-bar");
  return bar;
}

static void
ui_session_page_init (UiSessionPage *self)
{
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
}

/* ---- Which view is used: the one that had the focus, or was switched to ------------------------- */

static void
on_stack_used (UiSessionPage *self)
{
  self->uses_panel = FALSE;
}

static void
on_panel_used (UiSessionPage *self)
{
  self->uses_panel = TRUE;
}

static void
watch_use (UiSessionPage *self, GtkWidget *stack, GCallback callback)
{
  GtkEventController *focus = gtk_event_controller_focus_new ();

  g_signal_connect_swapped (stack, "notify::visible-child", callback, self);
  g_signal_connect_swapped (focus, "enter", callback, self);
  gtk_widget_add_controller (stack, focus);
}

static void
build (UiSessionPage *self)
{
  GtkWidget *split = gtk_paned_new (GTK_ORIENTATION_HORIZONTAL);

  self->split = split;
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  self->banner = ui_banner_new (self->session);
  self->note = gtk_label_new ("");
  gtk_label_set_wrap (GTK_LABEL (self->note), TRUE);
  gtk_label_set_xalign (GTK_LABEL (self->note), 0);
  gtk_label_set_selectable (GTK_LABEL (self->note), TRUE);
  gtk_widget_add_css_class (self->note, "note");
  self->stack = ADW_VIEW_STACK (adw_view_stack_new ());
  gtk_widget_set_vexpand (split, TRUE);
  self->panel = new_panel (self);
  gtk_paned_set_start_child (GTK_PANED (split), GTK_WIDGET (self->stack));
  gtk_paned_set_end_child (GTK_PANED (split), self->panel);
  gtk_paned_set_resize_end_child (GTK_PANED (split), FALSE);
  gtk_paned_set_shrink_end_child (GTK_PANED (split), FALSE);
  gtk_paned_set_shrink_start_child (GTK_PANED (split), FALSE);
  gtk_box_append (GTK_BOX (self->box), self->banner);
  gtk_box_append (GTK_BOX (self->box), ui_stop_bar_new (self->session));
  gtk_box_append (GTK_BOX (self->box), self->note);
  gtk_box_append (GTK_BOX (self->box), split);
  gtk_box_append (GTK_BOX (self->box), new_time_bar (self));
  add_views (self);
  watch_use (self, GTK_WIDGET (self->stack), G_CALLBACK (on_stack_used));
  watch_use (self, GTK_WIDGET (self->panel_stack), G_CALLBACK (on_panel_used));
}

GtkWidget *
ui_session_page_new (UiSession *session, const UiLaunchWords *words)
{
  UiSessionPage *self = g_object_new (UI_TYPE_SESSION_PAGE, NULL);
  const char *path = ui_session_get_path (session);

  self->session = g_object_ref (session);
  self->words = words != NULL ? ui_launch_words_copy (words) : NULL;
  self->state = path != NULL ? ui_sidecar_load (path) : g_key_file_new ();
  build (self);
  g_signal_connect (session, "state-changed", G_CALLBACK (on_state_changed), self);
  g_signal_connect (session, "cursor-changed", G_CALLBACK (on_cursor_changed), self);
  g_signal_connect (session, "show-view", G_CALLBACK (on_show_view), self);
  show_state (self);
  return GTK_WIDGET (self);
}

/* ---- What is asked of it ----------------------------------------------------------------------- */

void
ui_session_page_go_to_trouble (UiSessionPage *self)
{
  ui_banner_go (UI_BANNER (self->banner));
}

UiSession *
ui_session_page_get_session (UiSessionPage *self)
{
  return self->session;
}

const UiLaunchWords *
ui_session_page_get_words (UiSessionPage *self)
{
  return self->words;
}

AdwViewStack *
ui_session_page_get_stack (UiSessionPage *self)
{
  return self->stack;
}

UiViewSlot *
ui_session_page_get_slot (UiSessionPage *self)
{
  GtkWidget *child = adw_view_stack_get_visible_child (self->stack);

  return child != NULL ? UI_VIEW_SLOT (child) : NULL;
}

UiViewSlot *
ui_session_page_get_used_slot (UiSessionPage *self)
{
  GtkWidget *in_panel = gtk_stack_get_visible_child (self->panel_stack);

  return self->uses_panel && in_panel != NULL && gtk_widget_get_visible (self->panel)
             ? UI_VIEW_SLOT (in_panel)
             : ui_session_page_get_slot (self);
}

void
ui_session_page_show_view (UiSessionPage *self, const char *id)
{
  if (adw_view_stack_get_child_by_name (self->stack, id) != NULL)
    adw_view_stack_set_visible_child_name (self->stack, id);
  else if (gtk_stack_get_child_by_name (self->panel_stack, id) != NULL)
    {
      gtk_widget_set_visible (self->panel, TRUE);
      gtk_stack_set_visible_child_name (self->panel_stack, id);
    }
}

gboolean
ui_session_page_get_panel_shown (UiSessionPage *self)
{
  return gtk_widget_get_visible (self->panel);
}

void
ui_session_page_set_panel_shown (UiSessionPage *self, gboolean shown)
{
  gtk_widget_set_visible (self->panel, shown);
}

const char *
ui_session_page_get_status_style (UiSessionPage *self)
{
  static const char *const styles[] = {
    [UI_SESSION_LOADING] = "state-loading", [UI_SESSION_LIVE] = "state-live",
    [UI_SESSION_ENDED] = "state-ended",     [UI_SESSION_RECORDED] = "state-recorded",
    [UI_SESSION_FAILED] = "state-failed",
  };
  UiSessionState state = ui_session_get_state (self->session);

  if (ui_session_get_stop (self->session) != NULL)
    return "state-stopped";
  return state == UI_SESSION_LIVE && !ui_session_is_following (self->session) ? "state-paused"
                                                                              : styles[state];
}

char *
ui_session_page_dup_status (UiSessionPage *self)
{
  static const char *const names[] = {
    [UI_SESSION_LOADING] = N_ ("being read"), [UI_SESSION_LIVE] = N_ ("live"),
    [UI_SESSION_ENDED] = N_ ("ended"),        [UI_SESSION_RECORDED] = N_ ("recorded"),
    [UI_SESSION_FAILED] = N_ ("failed"),
  };
  UiSessionState state = ui_session_get_state (self->session);
  gboolean is_paused = state == UI_SESSION_LIVE && !ui_session_is_following (self->session);
  gboolean is_stopped = ui_session_get_stop (self->session) != NULL;
  GString *text = g_string_new (is_stopped  ? _ ("stopped")
                                : is_paused ? _ ("paused")
                                            : _ (names[state]));
  guint64 n_tasks, n_lost;

  ui_session_count (self->session, &n_tasks, &n_lost);
  if (n_tasks > 0)
    {
      g_autofree char *tasks = inspector_format_count (n_tasks);

      g_string_append (text, " · ");
      g_string_append_printf (text, ngettext ("%s task", "%s tasks", (gulong)n_tasks), tasks);
    }
  if (n_lost > 0)
    {
      g_autofree char *lost = inspector_format_count (n_lost);

      g_string_append (text, " · ");
      g_string_append_printf (text, _ ("%s records lost"), lost);
    }
  if (ui_session_get_record_path (self->session) != NULL)
    g_string_append_printf (text, " · %s", _ ("recording"));
  return g_string_free (text, FALSE);
}

static void
save_marks (UiSessionPage *self)
{
  GPtrArray *marks = ui_session_get_marks (self->session);
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < marks->len; i++)
    {
      const UiMark *mark = marks->pdata[i];

      g_ptr_array_add (words, g_strdup_printf ("%" G_GINT64_FORMAT " %s", mark->at_ns, mark->text));
    }
  g_key_file_set_string_list (self->state, GROUP, "marks", (const char *const *)words->pdata,
                              words->len);
}

void
ui_session_page_save_state (UiSessionPage *self)
{
  const char *path = ui_session_get_path (self->session);
  const char *view = adw_view_stack_get_visible_child_name (self->stack);
  gint64 from_ns = 0, to_ns = 0;

  if (path == NULL || ui_session_get_state (self->session) != UI_SESSION_RECORDED)
    return;
  for (GtkWidget *at = gtk_widget_get_first_child (GTK_WIDGET (self->stack)); at != NULL;
       at = gtk_widget_get_next_sibling (at))
    ui_view_slot_save (UI_VIEW_SLOT (at), self->state);
  for (GtkWidget *at = gtk_widget_get_first_child (GTK_WIDGET (self->panel_stack)); at != NULL;
       at = gtk_widget_get_next_sibling (at))
    ui_view_slot_save (UI_VIEW_SLOT (at), self->state);
  if (view != NULL)
    g_key_file_set_string (self->state, GROUP, "view", view);
  g_key_file_set_int64 (
      self->state, GROUP, "cursor",
      ui_session_is_following (self->session) ? 0 : ui_session_get_cursor (self->session));
  ui_session_get_range (self->session, &from_ns, &to_ns);
  g_key_file_set_int64 (self->state, GROUP, "from", from_ns);
  g_key_file_set_int64 (self->state, GROUP, "to", to_ns);
  if (gtk_stack_get_visible_child_name (self->panel_stack) != NULL)
    g_key_file_set_string (self->state, GROUP, "panel-view",
                           gtk_stack_get_visible_child_name (self->panel_stack));
  g_key_file_set_boolean (self->state, GROUP, "panel-hidden",
                          !gtk_widget_get_visible (self->panel));
  if (!self->is_narrow)
    g_key_file_set_integer (self->state, GROUP, "split",
                            gtk_paned_get_position (GTK_PANED (self->split)));
  g_key_file_set_uint64 (self->state, GROUP, "selection", ui_session_get_selection (self->session));
  save_marks (self);
  ui_sidecar_save (path, self->state);
}
