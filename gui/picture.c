/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "picture.h"

#include <cairo-svg.h>
#include <glib/gi18n-lib.h>

/* Popovers are surfaces of their own, above the one that they belong to. */
static void
add_popover (GtkSnapshot *snapshot, GtkWidget *popover)
{
  GtkNative *native = GTK_NATIVE (popover);
  GtkNative *below = gtk_widget_get_native (gtk_widget_get_parent (popover));
  GdkSurface *surface = gtk_native_get_surface (native);
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (popover);
  double x, y, below_x, below_y;

  gtk_native_get_surface_transform (native, &x, &y);
  gtk_native_get_surface_transform (below, &below_x, &below_y);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (
      snapshot,
      &GRAPHENE_POINT_INIT ((float)(gdk_popup_get_position_x (GDK_POPUP (surface)) + x - below_x),
                            (float)(gdk_popup_get_position_y (GDK_POPUP (surface)) + y - below_y)));
  gdk_paintable_snapshot (paintable, snapshot, gtk_widget_get_width (popover),
                          gtk_widget_get_height (popover));
  gtk_snapshot_restore (snapshot);
}

static void
add_popovers (GtkSnapshot *snapshot, GtkWidget *widget)
{
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      if (!gtk_widget_get_mapped (child))
        continue;
      if (GTK_IS_POPOVER (child))
        add_popover (snapshot, child);
      else
        add_popovers (snapshot, child);
    }
}

static GskRenderNode *
take_node (GtkWidget *widget, int width, int height)
{
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (widget);
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  GdkRGBA background;

  /* What is behind the widget belongs to its window. */
  if (!gtk_style_context_lookup_color (gtk_widget_get_style_context (widget), "window_bg_color",
                                       &background))
    background = (GdkRGBA){ 1, 1, 1, 1 };
  gtk_snapshot_append_color (snapshot, &background,
                             &GRAPHENE_RECT_INIT (0, 0, (float)width, (float)height));
  gdk_paintable_snapshot (paintable, snapshot, width, height);
  if (GTK_IS_WINDOW (widget))
    add_popovers (snapshot, widget);
  return gtk_snapshot_free_to_node (snapshot);
}

static gboolean
save_svg (GskRenderNode *node, int width, int height, const char *path, GError **error)
{
  cairo_surface_t *surface = cairo_svg_surface_create (path, width, height);
  cairo_t *cr = cairo_create (surface);
  cairo_status_t status;

  gsk_render_node_draw (node, cr);
  cairo_destroy (cr);
  cairo_surface_finish (surface);
  status = cairo_surface_status (surface);
  cairo_surface_destroy (surface);
  if (status == CAIRO_STATUS_SUCCESS)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, _ ("cannot write %s: %s"), path,
               cairo_status_to_string (status));
  return FALSE;
}

static gboolean
save_png (GskRenderNode *node, GtkWidget *widget, int width, int height, const char *path,
          GError **error)
{
  GtkNative *native = gtk_widget_get_native (widget);
  GskRenderer *renderer = native != NULL ? gtk_native_get_renderer (native) : NULL;
  g_autoptr (GdkTexture) texture = NULL;

  if (renderer != NULL)
    texture = gsk_renderer_render_texture (renderer, node,
                                           &GRAPHENE_RECT_INIT (0, 0, (float)width, (float)height));
  if (texture != NULL && gdk_texture_save_to_png (texture, path))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
               _ ("cannot write %s: check that the folder is there and can be written to"), path);
  return FALSE;
}

gboolean
ui_picture_save (GtkWidget *widget, const char *path, GError **error)
{
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  GskRenderNode *node = width > 0 && height > 0 ? take_node (widget, width, height) : NULL;
  gboolean is_saved;

  if (node == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                   _ ("cannot write %s: nothing is shown that could be drawn"), path);
      return FALSE;
    }
  is_saved = g_str_has_suffix (path, ".svg") ? save_svg (node, width, height, path, error)
                                             : save_png (node, widget, width, height, path, error);
  gsk_render_node_unref (node);
  return is_saved;
}
