/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "view-slot.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#include "session-private.h"

struct _UiViewSlot
{
  GtkWidget parent_instance;
  const UiView *view;
  UiSession *session;
  GKeyFile *state;
  GtkWidget *child;
  GtkWidget *page; /* NULL: @child is what stands in its place */
};

G_DEFINE_TYPE (UiViewSlot, ui_view_slot, GTK_TYPE_WIDGET)

static void
on_command (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  UiViewSlot *self = data;
  const InspectViewCommand *command = g_object_get_data (G_OBJECT (action), "command");

  command->run (self->page);
}

/* Its commands are actions of the group "view", and shortcuts while it is looked at. */
static void
add_commands (UiViewSlot *self)
{
  GSimpleActionGroup *actions = g_simple_action_group_new ();
  GtkEventController *keys = gtk_shortcut_controller_new ();

  for (const InspectViewCommand *command = self->view->table->commands; command->id != NULL;
       command++)
    {
      g_autoptr (GSimpleAction) action = g_simple_action_new (command->id, NULL);
      g_autofree char *name = g_strconcat ("view.", command->id, NULL);

      g_object_set_data (G_OBJECT (action), "command", (gpointer)command);
      g_signal_connect (action, "activate", G_CALLBACK (on_command), self);
      g_action_map_add_action (G_ACTION_MAP (actions), G_ACTION (action));
      if (command->keys != NULL)
        gtk_shortcut_controller_add_shortcut (
            GTK_SHORTCUT_CONTROLLER (keys),
            gtk_shortcut_new (gtk_shortcut_trigger_parse_string (command->keys),
                              gtk_named_action_new (name)));
    }
  gtk_widget_insert_action_group (GTK_WIDGET (self), "view", G_ACTION_GROUP (actions));
  g_object_unref (actions);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
}

static void
set_child (UiViewSlot *self, GtkWidget *child)
{
  g_clear_pointer (&self->child, gtk_widget_unparent);
  self->child = child;
  gtk_widget_set_parent (child, GTK_WIDGET (self));
}

static void
show_trouble (UiViewSlot *self, const char *icon, const char *title, const char *text)
{
  GtkWidget *page = adw_status_page_new ();
  g_autofree char *escaped = g_markup_escape_text (text, -1);

  adw_status_page_set_icon_name (ADW_STATUS_PAGE (page), icon);
  adw_status_page_set_title (ADW_STATUS_PAGE (page), title);
  adw_status_page_set_description (ADW_STATUS_PAGE (page), escaped);
  set_child (self, page);
}

static void
fill (UiViewSlot *self)
{
  if (self->page != NULL)
    return;
  if (self->view->table == NULL)
    show_trouble (self, "dialog-warning-symbolic", _ ("This view could not be loaded"),
                  self->view->trouble);
  else if (ui_session_get_state (self->session) == UI_SESSION_FAILED)
    show_trouble (self, "dialog-error-symbolic", _ ("Nothing to show"),
                  ui_session_get_trouble (self->session) != NULL
                      ? ui_session_get_trouble (self->session)
                      : "");
  else if (ui_session_get_state (self->session) == UI_SESSION_LOADING)
    show_trouble (self, "document-open-recent-symbolic",
                  ui_session_get_path (self->session) != NULL ? _ ("Reading the recording…")
                                                              : _ ("Attaching to the process…"),
                  "");
  else
    {
      self->page = self->view->table->create_page (self->session);
      if (UI_VIEW_HAS (self->view->table, load_state) && self->state != NULL)
        self->view->table->load_state (self->page, self->state, self->view->plugin->id);
      /* Before it is there: what has actions of its own below looks for these once, when it comes. */
      if (UI_VIEW_HAS (self->view->table, commands))
        add_commands (self);
      set_child (self, self->page);
    }
}

static void
ui_view_slot_map (GtkWidget *widget)
{
  fill (UI_VIEW_SLOT (widget));
  GTK_WIDGET_CLASS (ui_view_slot_parent_class)->map (widget);
}

static gboolean
ui_view_slot_grab_focus (GtkWidget *widget)
{
  UiViewSlot *self = UI_VIEW_SLOT (widget);

  /* A page may know what its keys are for; else its first control has them. */
  return self->child != NULL && (gtk_widget_grab_focus (self->child) ||
                                 gtk_widget_child_focus (self->child, GTK_DIR_TAB_FORWARD));
}

static void
ui_view_slot_dispose (GObject *object)
{
  UiViewSlot *self = UI_VIEW_SLOT (object);

  if (self->session != NULL)
    g_signal_handlers_disconnect_by_data (self->session, self);
  g_clear_pointer (&self->child, gtk_widget_unparent);
  self->page = NULL;
  g_clear_object (&self->session);
  g_clear_pointer (&self->state, g_key_file_unref);
  G_OBJECT_CLASS (ui_view_slot_parent_class)->dispose (object);
}

static void
ui_view_slot_class_init (UiViewSlotClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ui_view_slot_dispose;
  GTK_WIDGET_CLASS (klass)->map = ui_view_slot_map;
  GTK_WIDGET_CLASS (klass)->grab_focus = ui_view_slot_grab_focus;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
ui_view_slot_init (UiViewSlot *self)
{
}

static void
on_state_changed (UiSession *session, UiViewSlot *self)
{
  if (self->page == NULL && gtk_widget_get_mapped (GTK_WIDGET (self)))
    fill (self);
}

GtkWidget *
ui_view_slot_new (const UiView *view, UiSession *session, GKeyFile *state)
{
  UiViewSlot *self = g_object_new (UI_TYPE_VIEW_SLOT, "hexpand", TRUE, "vexpand", TRUE, NULL);

  self->view = view;
  self->session = g_object_ref (session);
  self->state = state != NULL ? g_key_file_ref (state) : NULL;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  ui_view_translate (view->table, view->plugin->name), -1);
  g_signal_connect (session, "state-changed", G_CALLBACK (on_state_changed), self);
  return GTK_WIDGET (self);
}

const UiView *
ui_view_slot_get_view (UiViewSlot *self)
{
  return self->view;
}

GtkWidget *
ui_view_slot_get_page (UiViewSlot *self)
{
  return self->page;
}

void
ui_view_slot_save (UiViewSlot *self, GKeyFile *state)
{
  if (self->page != NULL && UI_VIEW_HAS (self->view->table, save_state))
    self->view->table->save_state (self->page, state, self->view->plugin->id);
}

char *
ui_view_slot_dup_csv (UiViewSlot *self)
{
  return self->page != NULL && UI_VIEW_HAS (self->view->table, dup_csv)
             ? self->view->table->dup_csv (self->page)
             : NULL;
}
