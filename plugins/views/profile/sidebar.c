/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "sidebar.h"

#include <inspector.h>

struct _ProfileSidebar
{
  GtkWidget parent_instance;
  GtkStack *stack;     /* beside it, and as long as it */
  GHashTable *buttons; /* id: GtkToggleButton; (transfer none) */
};

G_DEFINE_TYPE (ProfileSidebar, profile_sidebar, GTK_TYPE_WIDGET)

static void
on_toggled (GtkToggleButton *button, ProfileSidebar *self)
{
  if (gtk_toggle_button_get_active (button))
    gtk_stack_set_visible_child_name (self->stack, g_object_get_data (G_OBJECT (button), "page"));
}

static void
on_page_changed (GtkStack *stack, GParamSpec *property, ProfileSidebar *self)
{
  const char *id = gtk_stack_get_visible_child_name (stack);
  GtkToggleButton *button = id != NULL ? g_hash_table_lookup (self->buttons, id) : NULL;

  if (button != NULL)
    gtk_toggle_button_set_active (button, TRUE);
}

void
profile_sidebar_set_count (ProfileSidebar *self, const char *id, guint count)
{
  GtkWidget *button = g_hash_table_lookup (self->buttons, id);
  GtkWidget *label;
  g_autofree char *text = inspector_format_count (count);

  if (button == NULL)
    return;
  label = gtk_widget_get_last_child (gtk_button_get_child (GTK_BUTTON (button)));
  gtk_label_set_text (GTK_LABEL (label), count > 0 ? text : "");
  if (count > 0)
    gtk_widget_remove_css_class (button, "dim-label");
  else
    gtk_widget_add_css_class (button, "dim-label");
}

/* ---- The widget -------------------------------------------------------------------------------- */

static void
profile_sidebar_dispose (GObject *object)
{
  ProfileSidebar *self = PROFILE_SIDEBAR (object);
  GtkWidget *child;

  if (self->stack != NULL)
    g_signal_handlers_disconnect_by_data (self->stack, self);
  g_clear_object (&self->stack);
  g_hash_table_remove_all (self->buttons);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (profile_sidebar_parent_class)->dispose (object);
}

static void
profile_sidebar_finalize (GObject *object)
{
  g_hash_table_unref (PROFILE_SIDEBAR (object)->buttons);
  G_OBJECT_CLASS (profile_sidebar_parent_class)->finalize (object);
}

static void
profile_sidebar_class_init (ProfileSidebarClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = profile_sidebar_dispose;
  G_OBJECT_CLASS (klass)->finalize = profile_sidebar_finalize;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BOX_LAYOUT);
}

static void
profile_sidebar_init (ProfileSidebar *self)
{
  GtkLayoutManager *layout = gtk_widget_get_layout_manager (GTK_WIDGET (self));

  gtk_orientable_set_orientation (GTK_ORIENTABLE (layout), GTK_ORIENTATION_VERTICAL);
  gtk_box_layout_set_spacing (GTK_BOX_LAYOUT (layout), 2);
  self->buttons = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

static GtkWidget *
new_button (const char *id, const char *title)
{
  GtkWidget *button = gtk_toggle_button_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *name = gtk_label_new (title), *count = gtk_label_new ("");

  gtk_label_set_xalign (GTK_LABEL (name), 0);
  gtk_widget_set_hexpand (name, TRUE);
  gtk_widget_add_css_class (count, "dim-label");
  gtk_widget_add_css_class (count, "numeric");
  gtk_box_append (GTK_BOX (box), name);
  gtk_box_append (GTK_BOX (box), count);
  gtk_button_set_child (GTK_BUTTON (button), box);
  gtk_widget_add_css_class (button, "flat");
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, title,
                                  -1);
  g_object_set_data_full (G_OBJECT (button), "page", g_strdup (id), g_free);
  return button;
}

static void
add_page (ProfileSidebar *self, GtkStackPage *page, GtkToggleButton *first)
{
  const char *id = gtk_stack_page_get_name (page);
  GtkWidget *button = new_button (id, gtk_stack_page_get_title (page));

  gtk_toggle_button_set_group (GTK_TOGGLE_BUTTON (button), first);
  g_signal_connect (button, "toggled", G_CALLBACK (on_toggled), self);
  g_hash_table_insert (self->buttons, g_strdup (id), button);
  gtk_widget_set_parent (button, GTK_WIDGET (self));
}

GtkWidget *
profile_sidebar_new (GtkStack *stack)
{
  ProfileSidebar *self = g_object_new (PROFILE_TYPE_SIDEBAR, NULL);
  g_autoptr (GtkSelectionModel) pages = gtk_stack_get_pages (stack);

  self->stack = g_object_ref (stack);
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (pages)); i++)
    {
      GtkStackPage *page = g_list_model_get_item (G_LIST_MODEL (pages), i);
      GtkWidget *first = gtk_widget_get_first_child (GTK_WIDGET (self));

      add_page (self, page, first != NULL ? GTK_TOGGLE_BUTTON (first) : NULL);
      g_object_unref (page);
    }
  g_signal_connect (stack, "notify::visible-child-name", G_CALLBACK (on_page_changed), self);
  on_page_changed (stack, NULL, self);
  return GTK_WIDGET (self);
}
