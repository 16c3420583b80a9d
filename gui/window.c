/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "window.h"

#include <glib/gi18n-lib.h>

#include "commands.h"
#include "named-button.h"
#include "recent.h"
#include "start-page.h"

struct _UiWindow
{
  AdwApplicationWindow parent_instance;
  AdwTabView *tabs;
  AdwToastOverlay *toasts;
  AdwHeaderBar *header;
  GtkWidget *switcher;
  GtkWidget *title;
  GtkWidget *status;
  GtkWidget *save;
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

static void
update (UiWindow *self)
{
  UiSessionPage *page = ui_window_get_session_page (self);
  g_autofree char *status = page != NULL ? ui_session_page_dup_status (page) : g_strdup ("");

  ui_commands_update (self);
  gtk_label_set_text (GTK_LABEL (self->status), status);
  gtk_widget_set_visible (self->save,
                          page != NULL && ui_session_can_save (ui_session_page_get_session (page)));
  adw_view_switcher_set_stack (ADW_VIEW_SWITCHER (self->switcher),
                               page != NULL ? ui_session_page_get_stack (page) : NULL);
  adw_header_bar_set_title_widget (self->header, page != NULL ? self->switcher : self->title);
  gtk_window_set_title (GTK_WINDOW (self),
                        page != NULL ? ui_session_get_title (ui_session_page_get_session (page))
                                     : "async-inspect");
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
  if (session == ui_window_get_session (self))
    update (self);
}

static void
on_session_told (UiSession *session, UiWindow *self)
{
  UiSessionPage *page = ui_window_get_session_page (self);
  g_autofree char *status = NULL;

  if (session != ui_window_get_session (self))
    return;
  status = ui_session_page_dup_status (page);
  gtk_label_set_text (GTK_LABEL (self->status), status);
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

void
ui_window_add_session (UiWindow *self, UiSession *session, const UiLaunchWords *words)
{
  AdwTabPage *before = adw_tab_view_get_selected_page (self->tabs);
  GtkWidget *child = ui_session_page_new (session, words);
  gboolean is_start = before != NULL && UI_IS_START_PAGE (adw_tab_page_get_child (before));

  g_signal_connect_object (session, "state-changed", G_CALLBACK (on_session_changed), self, 0);
  g_signal_connect_object (session, "grown", G_CALLBACK (on_session_told), self, 0);
  add_tab (self, child, ui_session_get_title (session));
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
  ui_window_add_session (self, session, NULL);
}

void
ui_window_launch (UiWindow *self, const UiLaunchWords *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (UiSession) session =
      ui_session_new_launch ((const char *const *)words->argv,
                             (const char *const *)words->environment, words->folder, &error);

  if (session == NULL)
    {
      ui_window_tell (self, error->message);
      return;
    }
  ui_recent_add_program (words);
  ui_window_add_session (self, session, words);
}

static gboolean
on_close_page (AdwTabView *tabs, AdwTabPage *page, UiWindow *self)
{
  /* A window without a tab is none. */
  if (adw_tab_view_get_n_pages (tabs) == 1 && !UI_IS_START_PAGE (adw_tab_page_get_child (page)))
    ui_window_new_tab (self);
  adw_tab_view_close_page_finish (tabs, page, TRUE);
  if (adw_tab_view_get_n_pages (tabs) == 0)
    gtk_window_destroy (GTK_WINDOW (self));
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

      if (path != NULL)
        ui_window_open_path (self, path);
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
    { "win.open", N_ ("Open a recording…") },
    { "win.save", N_ ("Save as a recording…") },
    { "win.picture", N_ ("Save the view's picture…") },
    { "win.table", N_ ("Save the view's table…") },
    { "win.again", N_ ("Start the program again") },
    { "win.stop", N_ ("Stop the program") },
    { "win.palette", N_ ("Find a command") },
    { "win.shortcuts", N_ ("Keyboard shortcuts") },
    { "win.about", N_ ("About async-inspect") },
  };
  GMenu *menu = g_menu_new ();

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_menu_append (menu, _ (rows[i].label), rows[i].action);
  return G_MENU_MODEL (menu);
}

static void
build_header (UiWindow *self)
{
  g_autoptr (GMenuModel) menu = new_menu ();
  GtkWidget *button = gtk_menu_button_new ();
  GtkWidget *panel =
      ui_named_button_new ("sidebar-show-right-symbolic", _ ("Show or hide the panel"));

  self->header = ADW_HEADER_BAR (adw_header_bar_new ());
  self->switcher = g_object_ref_sink (adw_view_switcher_new ());
  adw_view_switcher_set_policy (ADW_VIEW_SWITCHER (self->switcher), ADW_VIEW_SWITCHER_POLICY_WIDE);
  self->title = g_object_ref_sink (adw_window_title_new ("async-inspect", NULL));
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (button), "open-menu-symbolic");
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (button), menu);
  gtk_menu_button_set_primary (GTK_MENU_BUTTON (button), TRUE);
  ui_named_button_set (button, _ ("Menu"));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (panel), "win.panel");
  self->save =
      ui_named_button_new ("media-record-symbolic", _ ("Save what has happened as a recording"));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->save), "win.save");
  self->status = gtk_label_new ("");
  gtk_widget_add_css_class (self->status, "dim-label");
  adw_header_bar_pack_start (self->header, self->save);
  adw_header_bar_pack_start (self->header, self->status);
  adw_header_bar_pack_end (self->header, button);
  adw_header_bar_pack_end (self->header, panel);
}

static void
ui_window_init (UiWindow *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *bar = GTK_WIDGET (adw_tab_bar_new ());
  GtkDropTarget *drop = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

  build_header (self);
  self->tabs = adw_tab_view_new ();
  adw_tab_bar_set_view (ADW_TAB_BAR (bar), self->tabs);
  gtk_widget_set_vexpand (GTK_WIDGET (self->tabs), TRUE);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->header));
  gtk_box_append (GTK_BOX (box), bar);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->tabs));
  self->toasts = ADW_TOAST_OVERLAY (adw_toast_overlay_new ());
  adw_toast_overlay_set_child (self->toasts, box);
  adw_application_window_set_content (ADW_APPLICATION_WINDOW (self), GTK_WIDGET (self->toasts));
  gtk_window_set_default_size (GTK_WINDOW (self), 1280, 800);
  ui_commands_install (self);
  g_signal_connect (self->tabs, "notify::selected-page", G_CALLBACK (on_selected_changed), self);
  g_signal_connect (self->tabs, "close-page", G_CALLBACK (on_close_page), self);
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
