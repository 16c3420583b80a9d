/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "flame-page.h"

#include <string.h>
#include <adwaita.h>
#include <glib/gi18n-lib.h>

#include <choice.h>
#include <colours.h>
#include <csv.h>
#include <query.h>

#include "flame-view.h"
#include "table.h"

#define PICTURE_SCALE 2

struct _ProfileFlamePage
{
  GtkWidget parent_instance;
  UiSession *session;
  ProfileData *data;

  GtkWidget *by, *find, *found, *reset;
  GtkWidget *stack;
  ProfileFlameView *view;
  GtkWidget *stack_label, *text, *zoom, *source;
};

G_DEFINE_TYPE (ProfileFlamePage, profile_flame_page, GTK_TYPE_WIDGET)

/* ---- What is said of it ------------------------------------------------------------------------ */

static void
show_found (ProfileFlamePage *self)
{
  const FlameSearch *search = profile_flame_view_get_search (self->view);
  const FlameLayout *layout = profile_flame_view_get_layout (self->view);
  g_autofree char *count = inspector_format_count (search->n_found);
  g_autofree char *duration = inspector_format_duration (search->total_ns);
  g_autofree char *text = NULL;

  if (search->is_found == NULL || layout == NULL)
    {
      gtk_label_set_text (GTK_LABEL (self->found), "");
      return;
    }
  if (search->n_found == 0)
    text = g_strdup (_ ("not found"));
  else
    text = g_strdup_printf (ngettext ("%s frame, %s", "%s frames, %s", search->n_found), count,
                            duration);
  gtk_label_set_text (GTK_LABEL (self->found), text);
}

/* "app › fetch_user_data › fetch_posts" */
static char *
dup_stack (const FlameLayout *layout, guint index)
{
  GString *text = g_string_new (layout->boxes[index].name);

  while (layout->boxes[index].parent != index)
    {
      index = layout->boxes[index].parent;
      g_string_prepend (text, " › ");
      g_string_prepend (text, layout->boxes[index].name);
    }
  return g_string_free (text, FALSE);
}

static void
show_selected (ProfileFlamePage *self)
{
  const FlameLayout *layout = profile_flame_view_get_layout (self->view);
  guint index = profile_flame_view_get_selected (self->view);
  gboolean has_one = layout != NULL && index != FLAME_NONE;
  g_autofree char *stack = has_one ? dup_stack (layout, index) : NULL;
  g_autofree char *text = has_one ? inspector_flame_dup_text (layout->flame, index) : NULL;
  const FlameBox *box = has_one ? &layout->boxes[index] : NULL;

  /* Of a stack its innermost function is what counts; of a sentence its beginning. */
  gtk_label_set_ellipsize (GTK_LABEL (self->stack_label),
                           has_one ? PANGO_ELLIPSIZE_START : PANGO_ELLIPSIZE_END);
  gtk_label_set_text (GTK_LABEL (self->stack_label),
                      has_one ? stack
                              : _ ("Select a frame with the pointer or the arrow keys; Enter makes "
                                   "it as wide as the view, Escape shows all"));
  gtk_label_set_text (GTK_LABEL (self->text), has_one ? text : "");
  gtk_widget_set_visible (self->text, has_one);
  gtk_widget_set_sensitive (self->zoom, has_one);
  gtk_widget_set_sensitive (self->source, has_one && strchr (box->where, ':') != NULL);
  gtk_widget_set_sensitive (self->reset, profile_flame_view_is_zoomed (self->view));
}

static void
on_changed (ProfileFlameView *view, ProfileFlamePage *self)
{
  show_selected (self);
  show_found (self);
}

/* ---- What is asked of it ----------------------------------------------------------------------- */

static void
show_data (ProfileFlamePage *self)
{
  FlameLayout *layout =
      self->data != NULL ? self->data->flames[profile_flame_page_get_by (self)] : NULL;

  if (layout == NULL)
    return;
  profile_flame_view_set_layout (self->view, layout);
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack),
                                    layout->n_boxes > 0 ? "flame" : "empty");
}

void
profile_flame_page_set_data (ProfileFlamePage *self, ProfileData *data)
{
  profile_data_ref (data);
  profile_data_unref (self->data);
  self->data = data;
  show_data (self);
}

InspectorFlameBy
profile_flame_page_get_by (ProfileFlamePage *self)
{
  guint chosen = gtk_drop_down_get_selected (GTK_DROP_DOWN (self->by));

  return chosen < PROFILE_N_FLAMES ? (InspectorFlameBy)chosen : INSPECTOR_FLAME_WALL;
}

void
profile_flame_page_set_by (ProfileFlamePage *self, InspectorFlameBy by)
{
  gtk_drop_down_set_selected (GTK_DROP_DOWN (self->by), by);
}

InspectorFlame *
profile_flame_page_get_flame (ProfileFlamePage *self)
{
  const FlameLayout *layout = profile_flame_view_get_layout (self->view);

  return layout != NULL ? layout->flame : NULL;
}

void
profile_flame_page_find (ProfileFlamePage *self)
{
  gtk_widget_grab_focus (self->find);
}

void
profile_flame_page_next (ProfileFlamePage *self, gboolean backwards)
{
  profile_flame_view_next_found (self->view, backwards);
}

void
profile_flame_page_zoom_in (ProfileFlamePage *self)
{
  profile_flame_view_zoom_in (self->view);
}

void
profile_flame_page_reset (ProfileFlamePage *self)
{
  profile_flame_view_reset (self->view);
}

void
profile_flame_page_show_source (ProfileFlamePage *self)
{
  const FlameLayout *layout = profile_flame_view_get_layout (self->view);
  guint index = profile_flame_view_get_selected (self->view);

  if (layout != NULL && index != FLAME_NONE)
    ui_session_show_place (self->session, layout->boxes[index].where);
}

/* Tasks that have the name of the selected frame, or are at its place. */
void
profile_flame_page_show_tasks (ProfileFlamePage *self)
{
  const FlameLayout *layout = profile_flame_view_get_layout (self->view);
  guint index = profile_flame_view_get_selected (self->view);
  const FlameBox *box = layout != NULL && index != FLAME_NONE ? &layout->boxes[index] : NULL;
  g_autofree char *query = NULL;

  if (box == NULL || box->kind == INSPECTOR_FLAME_PROGRAM)
    return;
  query = box->kind == INSPECTOR_FLAME_TASK || *box->where == '\0'
              ? ui_query_dup_term ("name", "=", box->name)
              : ui_query_dup_term ("place", ":", box->where);
  ui_session_show_tasks (self->session, query);
}

char *
profile_flame_page_dup_csv (ProfileFlamePage *self)
{
  static const char *const columns[] = { "depth", "name", "where", "stack", "own_ns", "total_ns" };
  const FlameLayout *layout = profile_flame_view_get_layout (self->view);
  GString *csv = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    ui_csv_append (csv, columns[i]);
  ui_csv_end_line (csv);
  for (guint i = 0; layout != NULL && i < layout->n_boxes; i++)
    {
      const FlameBox *box = &layout->boxes[i];
      g_autofree char *stack = dup_stack (layout, i);

      ui_csv_append_number (csv, box->depth);
      ui_csv_append (csv, box->name);
      ui_csv_append (csv, box->where);
      ui_csv_append (csv, stack);
      ui_csv_append_number (csv, box->own_ns);
      ui_csv_append_number (csv, box->total_ns);
      ui_csv_end_line (csv);
    }
  return g_string_free (csv, FALSE);
}

gboolean
profile_flame_page_save_png (ProfileFlamePage *self, const char *path, GError **error)
{
  int width = MAX (gtk_widget_get_width (GTK_WIDGET (self->view)), 800);
  int height = profile_flame_view_get_full_height (self->view);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, width * PICTURE_SCALE,
                                                         height * PICTURE_SCALE);
  cairo_t *cr = cairo_create (surface);
  cairo_status_t status;

  cairo_scale (cr, PICTURE_SCALE, PICTURE_SCALE);
  profile_flame_view_draw (self->view, cr, width, height);
  cairo_destroy (cr);
  status = cairo_surface_write_to_png (surface, path);
  cairo_surface_destroy (surface);
  if (status == CAIRO_STATUS_SUCCESS)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, _ ("cannot write %s: %s"), path,
               cairo_status_to_string (status));
  return FALSE;
}

/* ---- Input ------------------------------------------------------------------------------------- */

static void
on_by_changed (GtkDropDown *by, GParamSpec *property, ProfileFlamePage *self)
{
  show_data (self);
}

static void
on_search_changed (GtkSearchEntry *entry, ProfileFlamePage *self)
{
  profile_flame_view_search (self->view, gtk_editable_get_text (GTK_EDITABLE (entry)));
}

static void
on_search_activated (GtkSearchEntry *entry, ProfileFlamePage *self)
{
  profile_flame_view_next_found (self->view, FALSE);
}

static void
on_search_previous (GtkSearchEntry *entry, ProfileFlamePage *self)
{
  profile_flame_view_next_found (self->view, TRUE);
}

static void
on_search_stopped (GtkSearchEntry *entry, ProfileFlamePage *self)
{
  gtk_editable_set_text (GTK_EDITABLE (entry), "");
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

static void
on_zoom_clicked (GtkButton *button, ProfileFlamePage *self)
{
  profile_flame_page_zoom_in (self);
}

static void
on_reset_clicked (GtkButton *button, ProfileFlamePage *self)
{
  profile_flame_page_reset (self);
}

static void
on_source_clicked (GtkButton *button, ProfileFlamePage *self)
{
  profile_flame_page_show_source (self);
}

static void
on_menu_closed (GtkPopover *popover, gpointer data)
{
  g_idle_add_once ((GSourceOnceFunc)gtk_widget_unparent, popover);
}

static void
on_menu (ProfileFlameView *view, double x, double y, ProfileFlamePage *self)
{
  g_autoptr (GMenu) menu = g_menu_new ();
  GtkWidget *popover;

  g_menu_append (menu, _ ("Make it as wide as the view"), "view.zoom-frame");
  g_menu_append (menu, _ ("Show all"), "view.show-all");
  g_menu_append (menu, _ ("List its tasks"), "view.list-tasks");
  g_menu_append (menu, _ ("Show the source"), "view.show-source");
  popover = gtk_popover_menu_new_from_model (G_MENU_MODEL (menu));
  gtk_widget_set_parent (popover, GTK_WIDGET (self));
  gtk_popover_set_has_arrow (GTK_POPOVER (popover), FALSE);
  gtk_widget_translate_coordinates (GTK_WIDGET (view), GTK_WIDGET (self), x, y, &x, &y);
  gtk_popover_set_pointing_to (GTK_POPOVER (popover), &(GdkRectangle){ (int)x, (int)y, 1, 1 });
  g_signal_connect (popover, "closed", G_CALLBACK (on_menu_closed), NULL);
  gtk_popover_popup (GTK_POPOVER (popover));
}

/* ---- The widget -------------------------------------------------------------------------------- */

static void
profile_flame_page_dispose (GObject *object)
{
  ProfileFlamePage *self = PROFILE_FLAME_PAGE (object);
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_pointer (&self->data, profile_data_unref);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (profile_flame_page_parent_class)->dispose (object);
}

static void
profile_flame_page_class_init (ProfileFlamePageClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = profile_flame_page_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BOX_LAYOUT);
}

static void
profile_flame_page_init (ProfileFlamePage *self)
{
}

static void
add_legend (GtkWidget *box, InspectorState state, const char *text)
{
  GtkWidget *label = gtk_label_new (NULL);
  const UiStateLook *look = ui_state_get_look (state);
  /* As the frames are: light enough for letters. */
  guint32 colour = state == INSPECTOR_STATE_RUNNING ? look->dark : look->light;
  g_autofree char *markup =
      g_markup_printf_escaped ("<span foreground=\"#%06x\">■</span> %s", colour, text);

  gtk_label_set_markup (GTK_LABEL (label), markup);
  gtk_widget_add_css_class (label, "caption");
  gtk_box_append (GTK_BOX (box), label);
}

static GtkWidget *
new_bar (ProfileFlamePage *self)
{
  const char *const names[] = { _ ("All time but rest"), _ ("Time of waiting"),
                                _ ("Time of running") };
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);

  self->by = ui_choice_new (names, G_N_ELEMENTS (names), _ ("What the widths of the frames are"));
  self->find = gtk_search_entry_new ();
  g_object_set (self->find, "placeholder-text", _ ("Find frames"), "width-chars", 8,
                "max-width-chars", 20, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->find), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Find frames"), -1);
  self->found = gtk_label_new ("");
  gtk_widget_add_css_class (self->found, "dim-label");
  gtk_widget_set_hexpand (self->found, TRUE);
  gtk_widget_set_halign (self->found, GTK_ALIGN_START);
  gtk_label_set_ellipsize (GTK_LABEL (self->found), PANGO_ELLIPSIZE_END);
  self->reset = gtk_button_new_with_mnemonic (_ ("Show _all"));
  gtk_box_append (GTK_BOX (bar), self->by);
  gtk_box_append (GTK_BOX (bar), self->find);
  gtk_box_append (GTK_BOX (bar), self->found);
  add_legend (bar, INSPECTOR_STATE_RUNNING, _ ("ran"));
  add_legend (bar, INSPECTOR_STATE_WAITING, _ ("waited"));
  gtk_box_append (GTK_BOX (bar), self->reset);
  gtk_widget_set_margin_start (bar, 8);
  gtk_widget_set_margin_end (bar, 8);
  gtk_widget_set_margin_top (bar, 6);
  gtk_widget_set_margin_bottom (bar, 6);
  g_signal_connect (self->by, "notify::selected", G_CALLBACK (on_by_changed), self);
  g_signal_connect (self->find, "search-changed", G_CALLBACK (on_search_changed), self);
  g_signal_connect (self->find, "activate", G_CALLBACK (on_search_activated), self);
  g_signal_connect (self->find, "next-match", G_CALLBACK (on_search_activated), self);
  g_signal_connect (self->find, "previous-match", G_CALLBACK (on_search_previous), self);
  g_signal_connect (self->find, "stop-search", G_CALLBACK (on_search_stopped), self);
  g_signal_connect (self->reset, "clicked", G_CALLBACK (on_reset_clicked), self);
  return bar;
}

static GtkWidget *
new_foot (ProfileFlamePage *self)
{
  GtkWidget *foot = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);

  self->stack_label = gtk_label_new ("");
  self->text = gtk_label_new ("");
  gtk_label_set_ellipsize (GTK_LABEL (self->stack_label), PANGO_ELLIPSIZE_START);
  gtk_label_set_xalign (GTK_LABEL (self->stack_label), 0);
  gtk_label_set_selectable (GTK_LABEL (self->stack_label), TRUE);
  gtk_label_set_ellipsize (GTK_LABEL (self->text), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (self->text), 0);
  gtk_widget_add_css_class (self->stack_label, "caption");
  gtk_widget_add_css_class (self->text, "numeric");
  gtk_box_append (GTK_BOX (texts), self->stack_label);
  gtk_box_append (GTK_BOX (texts), self->text);
  gtk_widget_set_hexpand (texts, TRUE);
  gtk_widget_set_valign (texts, GTK_ALIGN_CENTER);
  self->zoom = gtk_button_new_with_mnemonic (_ ("_Widen"));
  gtk_widget_set_tooltip_text (self->zoom, _ ("Make the frame as wide as the view"));
  self->source = gtk_button_new_with_mnemonic (_ ("Show the s_ource"));
  g_signal_connect (self->zoom, "clicked", G_CALLBACK (on_zoom_clicked), self);
  g_signal_connect (self->source, "clicked", G_CALLBACK (on_source_clicked), self);
  gtk_widget_set_valign (self->zoom, GTK_ALIGN_CENTER);
  gtk_widget_set_valign (self->source, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (foot), texts);
  gtk_box_append (GTK_BOX (foot), self->zoom);
  gtk_box_append (GTK_BOX (foot), self->source);
  gtk_widget_set_margin_start (foot, 12);
  gtk_widget_set_margin_end (foot, 12);
  gtk_widget_set_margin_top (foot, 6);
  gtk_widget_set_margin_bottom (foot, 6);
  return foot;
}

static GtkWidget *
new_empty (void)
{
  GtkWidget *page = adw_status_page_new ();

  adw_status_page_set_icon_name (ADW_STATUS_PAGE (page), "document-open-recent-symbolic");
  adw_status_page_set_title (ADW_STATUS_PAGE (page), _ ("No time yet"));
  adw_status_page_set_description (ADW_STATUS_PAGE (page),
                                   _ ("Nothing has taken any of this time in this stretch of it."));
  gtk_widget_add_css_class (page, "compact");
  return page;
}

GtkWidget *
profile_flame_page_new (UiSession *session)
{
  ProfileFlamePage *self = g_object_new (PROFILE_TYPE_FLAME_PAGE, NULL);
  GtkWidget *scrolled = gtk_scrolled_window_new ();

  gtk_orientable_set_orientation (
      GTK_ORIENTABLE (gtk_widget_get_layout_manager (GTK_WIDGET (self))), GTK_ORIENTATION_VERTICAL);
  self->session = g_object_ref (session);
  self->view = PROFILE_FLAME_VIEW (profile_flame_view_new ());
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), GTK_WIDGET (self->view));
  self->stack = gtk_stack_new ();
  gtk_stack_add_named (GTK_STACK (self->stack), new_empty (), "empty");
  gtk_stack_add_named (GTK_STACK (self->stack), scrolled, "flame");
  gtk_widget_set_vexpand (self->stack, TRUE);
  gtk_widget_set_parent (new_bar (self), GTK_WIDGET (self));
  gtk_widget_set_parent (self->stack, GTK_WIDGET (self));
  gtk_widget_set_parent (new_foot (self), GTK_WIDGET (self));
  g_signal_connect (self->view, "changed", G_CALLBACK (on_changed), self);
  g_signal_connect (self->view, "menu", G_CALLBACK (on_menu), self);
  show_selected (self);
  return GTK_WIDGET (self);
}
