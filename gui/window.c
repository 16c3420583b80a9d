/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "window.h"

#include <string.h>
#include <glib/gi18n-lib.h>

#include "closing.h"
#include "commands.h"
#include "named-button.h"
#include "recent.h"
#include "start-page.h"
#include "view-title.h"

#define TARGET_CHARS 28

struct _UiWindow
{
  AdwApplicationWindow parent_instance;
  AdwTabView *tabs;
  AdwToastOverlay *toasts;
  UiViewTitle *title;
  AdwViewSwitcherBar *bar; /* of views, below, where the window is narrow */
  GtkWidget *target;       /* what is inspected: a title, and a state below it */
  GtkWidget *target_title, *status_dot, *status;
  const char *status_style;
  GtkWidget *record, *record_icon;
  gboolean is_closing; /* nobody is to be asked any more */
};

G_DEFINE_TYPE (UiWindow, ui_window, ADW_TYPE_APPLICATION_WINDOW)

/* ---- Tabs -------------------------------------------------------------------------------------- */

static GtkWidget *
get_child (UiWindow *self)
{
  AdwTabPage *page = adw_tab_view_get_selected_page (self->tabs);

  return page != NULL ? adw_tab_page_get_child (page) : NULL;
}

UiSessionPage *
ui_window_get_session_page (UiWindow *self)
{
  GtkWidget *child = get_child (self);

  return child != NULL && UI_IS_SESSION_PAGE (child) ? UI_SESSION_PAGE (child) : NULL;
}

UiSession *
ui_window_get_session (UiWindow *self)
{
  UiSessionPage *page = ui_window_get_session_page (self);

  return page != NULL ? ui_session_page_get_session (page) : NULL;
}

/* "/usr/bin/server --port 80" is known by "server --port 80"; all of it where the pointer rests. */
static char *
dup_short_title (const char *title)
{
  const char *space = strchr (title, ' ');
  const char *slash = g_strrstr_len (title, space != NULL ? space - title : -1, "/");

  return g_strdup (slash != NULL && slash[1] != '\0' ? slash + 1 : title);
}

static void
update_status (UiWindow *self, UiSessionPage *page)
{
  g_autofree char *status = ui_session_page_dup_status (page);
  const char *style = ui_session_page_get_status_style (page);

  gtk_label_set_text (GTK_LABEL (self->status), status);
  if (self->status_style == style)
    return;
  if (self->status_style != NULL)
    gtk_widget_remove_css_class (self->status_dot, self->status_style);
  gtk_widget_add_css_class (self->status_dot, style);
  self->status_style = style;
}

/* A session that is live can be recorded; one that was can be written once more. */
static void
update_record (UiWindow *self, UiSession *session)
{
  gboolean is_live = ui_session_get_state (session) == UI_SESSION_LIVE;
  const char *path = ui_session_get_record_path (session);
  g_autofree char *name = path != NULL ? g_filename_display_basename (path) : NULL;
  g_autofree char *text = name != NULL ? g_strdup_printf (_ ("Stop recording, and write %s"), name)
                                       : g_strdup (is_live ? _ ("Record, from the beginning on")
                                                           : _ ("Save as a recording"));

  gtk_widget_set_visible (self->record, ui_session_can_save (session));
  gtk_image_set_from_icon_name (GTK_IMAGE (self->record_icon),
                                path != NULL ? "media-playback-stop-symbolic"
                                : is_live    ? "media-record-symbolic"
                                             : "document-save-symbolic");
  if (path != NULL)
    gtk_widget_add_css_class (self->record, "recording");
  else
    gtk_widget_remove_css_class (self->record, "recording");
  ui_named_button_set (self->record, text);
}

static void
update (UiWindow *self)
{
  UiSessionPage *page = ui_window_get_session_page (self);
  UiSession *session = page != NULL ? ui_session_page_get_session (page) : NULL;
  g_autofree char *title = dup_short_title (session != NULL ? ui_session_get_title (session) : "");

  ui_commands_update (self);
  ui_view_title_set (self->title, page != NULL ? ui_session_page_get_stack (page) : NULL,
                     page != NULL ? "" : "async-inspect");
  adw_view_switcher_bar_set_stack (self->bar,
                                   page != NULL ? ui_session_page_get_stack (page) : NULL);
  gtk_widget_set_visible (self->target, page != NULL);
  gtk_widget_set_visible (self->record, page != NULL);
  gtk_label_set_text (GTK_LABEL (self->target_title), title);
  gtk_widget_set_tooltip_text (self->target_title,
                               session != NULL ? ui_session_get_title (session) : NULL);
  gtk_window_set_title (GTK_WINDOW (self),
                        session != NULL ? ui_session_get_title (session) : "async-inspect");
  if (page != NULL)
    {
      update_status (self, page);
      update_record (self, session);
    }
}

/* What a tab says of a session that is not looked at. */
static void
update_tab (UiWindow *self, AdwTabPage *tab)
{
  UiSessionPage *page = UI_SESSION_PAGE (adw_tab_page_get_child (tab));
  UiSession *session = ui_session_page_get_session (page);
  g_autofree char *title = dup_short_title (ui_session_get_title (session));
  g_autofree char *tooltip = g_markup_escape_text (ui_session_get_title (session), -1);

  adw_tab_page_set_title (tab, title);
  adw_tab_page_set_tooltip (tab, tooltip);
  adw_tab_page_set_loading (tab, ui_session_get_state (session) == UI_SESSION_LOADING);
}

static void
on_selected_changed (GObject *object, GParamSpec *property, UiWindow *self)
{
  if (!gtk_widget_in_destruction (GTK_WIDGET (self)))
    update (self);
}

static void
on_session_changed (UiSession *session, UiWindow *self)
{
  for (int i = 0; i < adw_tab_view_get_n_pages (self->tabs); i++)
    {
      AdwTabPage *tab = adw_tab_view_get_nth_page (self->tabs, i);
      GtkWidget *child = adw_tab_page_get_child (tab);

      if (UI_IS_SESSION_PAGE (child) &&
          ui_session_page_get_session (UI_SESSION_PAGE (child)) == session)
        update_tab (self, tab);
    }
  if (session == ui_window_get_session (self))
    update (self);
  if (ui_session_get_state (session) == UI_SESSION_ENDED)
    ui_window_finish_recording (self, session);
}

static void
on_session_told (UiSession *session, UiWindow *self)
{
  if (session == ui_window_get_session (self))
    update_status (self, ui_window_get_session_page (self));
}

static void
on_session_stopped (UiSession *session, UiWindow *self)
{
  if (session == ui_window_get_session (self))
    update (self);
}

/* A tab may come from another window, and go to one. */
static void
on_page_attached (AdwTabView *tabs, AdwTabPage *tab, int position, UiWindow *self)
{
  GtkWidget *child = adw_tab_page_get_child (tab);
  UiSession *session;

  if (!UI_IS_SESSION_PAGE (child))
    return;
  session = ui_session_page_get_session (UI_SESSION_PAGE (child));
  g_signal_connect_object (session, "state-changed", G_CALLBACK (on_session_changed), self, 0);
  g_signal_connect_object (session, "grown", G_CALLBACK (on_session_told), self, 0);
  g_signal_connect_object (session, "stops-changed", G_CALLBACK (on_session_stopped), self, 0);
  update_tab (self, tab);
}

static void
on_page_detached (AdwTabView *tabs, AdwTabPage *tab, int position, UiWindow *self)
{
  GtkWidget *child = adw_tab_page_get_child (tab);
  UiSession *session =
      UI_IS_SESSION_PAGE (child) ? ui_session_page_get_session (UI_SESSION_PAGE (child)) : NULL;

  if (session == NULL)
    return;
  g_signal_handlers_disconnect_by_func (session, on_session_changed, self);
  g_signal_handlers_disconnect_by_func (session, on_session_told, self);
  g_signal_handlers_disconnect_by_func (session, on_session_stopped, self);
}

static void
add_tab (UiWindow *self, GtkWidget *child, const char *title)
{
  AdwTabPage *page = adw_tab_view_append (self->tabs, child);

  adw_tab_page_set_title (page, title);
  adw_tab_view_set_selected_page (self->tabs, page);
  gtk_widget_grab_focus (child);
}

void
ui_window_new_tab (UiWindow *self)
{
  add_tab (self, ui_start_page_new (), _ ("Start"));
}

static void
add_session (UiWindow *self, UiSession *session, const UiLaunchWords *words)
{
  AdwTabPage *before = adw_tab_view_get_selected_page (self->tabs);
  GtkWidget *child = ui_session_page_new (session, words);
  gboolean is_start = before != NULL && UI_IS_START_PAGE (adw_tab_page_get_child (before));

  add_tab (self, child, ui_session_get_title (session));
  update_tab (self, adw_tab_view_get_page (self->tabs, child));
  if (is_start)
    adw_tab_view_close_page (self->tabs, before);
  update (self);
}

void
ui_window_tell (UiWindow *self, const char *line)
{
  AdwToast *toast = adw_toast_new (line);

  adw_toast_set_timeout (toast, 0);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

void
ui_window_open_path (UiWindow *self, const char *path)
{
  g_autoptr (UiSession) session = ui_session_new_recording (path);

  ui_recent_add_recording (path);
  add_session (self, session, NULL);
}

void
ui_window_launch (UiWindow *self, const UiLaunchWords *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (UiSession) session = ui_session_new_launch (
      (const char *const *)words->argv, (const char *const *)words->environment, words->folder,
      (const char *const *)words->breaks, &error);

  if (session == NULL)
    {
      ui_window_tell (self, error->message);
      return;
    }
  ui_recent_add_program (words);
  add_session (self, session, words);
}

void
ui_window_attach (UiWindow *self, int pid, const char *command, char **breaks)
{
  g_autofree char *title = g_strdup_printf (_ ("%s (pid %d)"), command, pid);
  g_autoptr (GError) error = NULL;
  g_autoptr (UiSession) session = ui_session_new_attach (pid, title, &error);

  if (session == NULL)
    {
      ui_window_tell (self, error->message);
      return;
    }
  ui_window_add_breakpoints (self, session, breaks);
  add_session (self, session, NULL);
}

static void
close_page (UiWindow *self, AdwTabPage *page)
{
  /* A window without a tab is none. */
  if (adw_tab_view_get_n_pages (self->tabs) == 1 &&
      !UI_IS_START_PAGE (adw_tab_page_get_child (page)) && !self->is_closing)
    ui_window_new_tab (self);
  adw_tab_view_close_page_finish (self->tabs, page, TRUE);
  if (adw_tab_view_get_n_pages (self->tabs) == 0)
    gtk_window_destroy (GTK_WINDOW (self));
}

static void
on_page_answered (UiWindow *self, gboolean goes_on, gpointer data)
{
  if (goes_on)
    close_page (self, data);
  else
    adw_tab_view_close_page_finish (self->tabs, data, FALSE);
}

static gboolean
on_close_page (AdwTabView *tabs, AdwTabPage *page, UiWindow *self)
{
  g_autoptr (GPtrArray) sessions = g_ptr_array_new ();
  GtkWidget *child = adw_tab_page_get_child (page);

  if (UI_IS_SESSION_PAGE (child))
    g_ptr_array_add (sessions, ui_session_page_get_session (UI_SESSION_PAGE (child)));
  ui_window_ask_to_close (self, sessions, on_page_answered, page);
  return GDK_EVENT_STOP;
}

static void
on_window_answered (UiWindow *self, gboolean goes_on, gpointer data)
{
  self->is_closing = goes_on;
  if (goes_on)
    gtk_window_destroy (GTK_WINDOW (self));
}

static gboolean
on_close_request (GtkWindow *window, gpointer data)
{
  UiWindow *self = UI_WINDOW (window);
  g_autoptr (GPtrArray) sessions = g_ptr_array_new ();

  for (int i = 0; i < adw_tab_view_get_n_pages (self->tabs); i++)
    {
      GtkWidget *child = adw_tab_page_get_child (adw_tab_view_get_nth_page (self->tabs, i));

      if (UI_IS_SESSION_PAGE (child))
        g_ptr_array_add (sessions, ui_session_page_get_session (UI_SESSION_PAGE (child)));
    }
  ui_window_ask_to_close (self, sessions, on_window_answered, NULL);
  return GDK_EVENT_STOP;
}

static AdwTabView *
on_create_window (AdwTabView *tabs, UiWindow *self)
{
  UiWindow *other = g_object_new (UI_TYPE_WINDOW, "application",
                                  gtk_window_get_application (GTK_WINDOW (self)), NULL);

  gtk_window_present (GTK_WINDOW (other));
  return other->tabs;
}

static gboolean
on_drop (GtkDropTarget *target, const GValue *value, double x, double y, UiWindow *self)
{
  GSList *files = g_value_get_boxed (value);

  for (GSList *at = files; at != NULL; at = at->next)
    {
      g_autofree char *path = g_file_get_path (at->data);

      g_autofree char *uri = path == NULL ? g_file_get_uri (at->data) : NULL;
      g_autofree char *line = NULL;

      if (path != NULL)
        {
          ui_window_open_path (self, path);
          continue;
        }
      line = g_strdup_printf (
          _ ("cannot open %s: it is not a file of this machine; copy it here first"), uri);
      ui_window_tell (self, line);
    }
  return files != NULL;
}

/* ---- The window -------------------------------------------------------------------------------- */

static void
ui_window_class_init (UiWindowClass *klass)
{
}

static GMenuModel *
new_menu (void)
{
  static const struct
  {
    const char *action;
    const char *label;
  } rows[] = {
    { "win.new-tab", N_ ("New tab") },
    { "win.new-window", N_ ("New window") },
    { "win.open", N_ ("Open a recording…") },
    { "win.save", N_ ("Save as a recording…") },
    { "win.picture", N_ ("Save the view's picture…") },
    { "win.table", N_ ("Save the view's table…") },
    { "win.again", N_ ("Start the program again") },
    { "win.stop", N_ ("Stop the program") },
    { "win.palette", N_ ("Find a command") },
    { "win.help", N_ ("Help on this view") },
    { "win.shortcuts", N_ ("Keyboard shortcuts") },
    { "win.about", N_ ("About async-inspect") },
  };
  GMenu *menu = g_menu_new ();

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_menu_append (menu, _ (rows[i].label), rows[i].action);
  return G_MENU_MODEL (menu);
}

static GtkWidget *
new_target (UiWindow *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  self->target_title = gtk_label_new ("");
  gtk_label_set_ellipsize (GTK_LABEL (self->target_title), PANGO_ELLIPSIZE_END);
  gtk_label_set_max_width_chars (GTK_LABEL (self->target_title), TARGET_CHARS);
  gtk_label_set_xalign (GTK_LABEL (self->target_title), 0);
  gtk_widget_add_css_class (self->target_title, "heading");
  self->status_dot = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  gtk_widget_add_css_class (self->status_dot, "state-dot");
  gtk_widget_set_valign (self->status_dot, GTK_ALIGN_CENTER);
  self->status = gtk_label_new ("");
  gtk_label_set_ellipsize (GTK_LABEL (self->status), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (self->status), 0);
  gtk_widget_add_css_class (self->status, "dim-label");
  gtk_widget_add_css_class (self->status, "caption");
  gtk_widget_add_css_class (self->status, "numeric");
  gtk_box_append (GTK_BOX (line), self->status_dot);
  gtk_box_append (GTK_BOX (line), self->status);
  gtk_box_append (GTK_BOX (box), self->target_title);
  gtk_box_append (GTK_BOX (box), line);
  gtk_widget_set_valign (box, GTK_ALIGN_CENTER);
  return box;
}

static GtkWidget *
new_header (UiWindow *self)
{
  g_autoptr (GMenuModel) menu = new_menu ();
  AdwHeaderBar *header = ADW_HEADER_BAR (adw_header_bar_new ());
  GtkWidget *button = gtk_menu_button_new ();
  GtkWidget *panel =
      ui_named_button_new ("sidebar-show-right-symbolic", _ ("Show or hide the panel"));

  self->title = UI_VIEW_TITLE (ui_view_title_new ());
  adw_header_bar_set_title_widget (header, GTK_WIDGET (self->title));
  adw_header_bar_set_centering_policy (header, ADW_CENTERING_POLICY_STRICT);
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (button), "open-menu-symbolic");
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (button), menu);
  gtk_menu_button_set_primary (GTK_MENU_BUTTON (button), TRUE);
  ui_named_button_set (button, _ ("Menu"));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (panel), "win.panel");
  self->record = ui_named_button_new ("media-record-symbolic", _ ("Record"));
  self->record_icon = gtk_button_get_child (GTK_BUTTON (self->record));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->record), "win.record");
  self->target = new_target (self);
  adw_header_bar_pack_start (header, self->record);
  adw_header_bar_pack_start (header, self->target);
  adw_header_bar_pack_end (header, button);
  adw_header_bar_pack_end (header, panel);
  return GTK_WIDGET (header);
}

static void
ui_window_init (UiWindow *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *bar = GTK_WIDGET (adw_tab_bar_new ());
  GtkDropTarget *drop = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

  self->tabs = adw_tab_view_new ();
  adw_tab_bar_set_view (ADW_TAB_BAR (bar), self->tabs);
  gtk_widget_set_vexpand (GTK_WIDGET (self->tabs), TRUE);
  gtk_box_append (GTK_BOX (box), new_header (self));
  gtk_box_append (GTK_BOX (box), bar);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->tabs));
  self->bar = ADW_VIEW_SWITCHER_BAR (adw_view_switcher_bar_new ());
  g_object_bind_property (self->title, "is-folded", self->bar, "reveal", G_BINDING_SYNC_CREATE);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->bar));
  self->toasts = ADW_TOAST_OVERLAY (adw_toast_overlay_new ());
  adw_toast_overlay_set_child (self->toasts, box);
  adw_application_window_set_content (ADW_APPLICATION_WINDOW (self), GTK_WIDGET (self->toasts));
  gtk_window_set_default_size (GTK_WINDOW (self), 1280, 800);
  ui_commands_install (self);
  ui_window_install_file_actions (self);
  g_signal_connect (self->tabs, "notify::selected-page", G_CALLBACK (on_selected_changed), self);
  g_signal_connect (self->tabs, "close-page", G_CALLBACK (on_close_page), self);
  g_signal_connect (self->tabs, "page-attached", G_CALLBACK (on_page_attached), self);
  g_signal_connect (self->tabs, "page-detached", G_CALLBACK (on_page_detached), self);
  g_signal_connect (self, "close-request", G_CALLBACK (on_close_request), NULL);
  g_signal_connect (self->tabs, "create-window", G_CALLBACK (on_create_window), self);
  g_signal_connect (drop, "drop", G_CALLBACK (on_drop), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drop));
  update (self);
}

UiWindow *
ui_window_new (GtkApplication *application)
{
  UiWindow *self = g_object_new (UI_TYPE_WINDOW, "application", application, NULL);

  ui_window_new_tab (self);
  return self;
}

/* ---- What its commands need to know of it ------------------------------------------------------ */

void
ui_window_new_window (UiWindow *self)
{
  gtk_window_present (GTK_WINDOW (ui_window_new (gtk_window_get_application (GTK_WINDOW (self)))));
}

void
ui_window_close_tab (UiWindow *self)
{
  AdwTabPage *page = adw_tab_view_get_selected_page (self->tabs);

  if (page != NULL)
    adw_tab_view_close_page (self->tabs, page);
}
