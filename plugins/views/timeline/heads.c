/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "heads.h"

#include <math.h>
#include <glib/gi18n-lib.h>

#include <waits.h>

#define INDENT 12
#define MAX_INDENT 8
#define MARGIN 6
#define CHIP 4
#define MAX_KEPT 2000u
/* A lower row has no room for its name. */
#define LEAST_HEIGHT 14

struct _TimelineHeads
{
  GtkWidget parent_instance;
  TimelineScene *scene;
  GHashTable *layouts; /* track -> PangoLayout */
  GHashTable *found;   /* (nullable) */
  TimelineViewport drawn;
};

G_DEFINE_TYPE (TimelineHeads, timeline_heads, GTK_TYPE_WIDGET)

/* ---- Drawing ------------------------------------------------------------------------------------- */

static char *
dup_name (TimelineHeads *self, const TimelineRow *row)
{
  InspectorHistory *history = timeline_scene_get_history (self->scene);
  TimelineRows *rows = timeline_scene_get_rows (self->scene);
  const TimelineGroup *group;
  InspectorTrack info;
  g_autofree char *name = NULL;

  if (row->track == G_MAXUINT)
    {
      group = timeline_rows_get_group (rows, row->group);
      if (group->is_of_processes)
        return g_strdup_printf ("%s (%u)", group->label, group->n_tasks);
      return g_strdup_printf (
          g_dngettext (GETTEXT_PACKAGE, "%s (%u task)", "%s (%u tasks)", group->n_tasks),
          group->label, group->n_tasks);
    }
  name = inspector_history_dup_name (history, row->track);
  if (timeline_rows_is_process (rows, row->track))
    return g_steal_pointer (&name);
  inspector_history_get_track (history, row->track, &info);
  return g_strdup_printf ("#%" G_GUINT64_FORMAT " %s", info.number, name);
}

static PangoLayout *
find_layout (TimelineHeads *self, const TimelineRow *row, int width)
{
  /* Tracks and groups share the table. */
  gpointer key =
      GUINT_TO_POINTER (row->track != G_MAXUINT ? row->track + 1 : G_MAXUINT - row->group);
  PangoLayout *layout = g_hash_table_lookup (self->layouts, key);
  g_autofree char *name = NULL;
  int wide;

  if (layout == NULL)
    {
      if (g_hash_table_size (self->layouts) > MAX_KEPT)
        g_hash_table_remove_all (self->layouts);
      name = dup_name (self, row);
      layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), name);
      pango_layout_set_single_paragraph_mode (layout, TRUE);
      g_hash_table_insert (self->layouts, key, layout);
    }
  /* To cut a text costs as much as to lay it out, and most are short. */
  pango_layout_get_pixel_size (layout, &wide, NULL);
  if (wide > width || pango_layout_get_width (layout) >= 0)
    {
      pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
      pango_layout_set_width (layout, MAX (width, 1) * PANGO_SCALE);
    }
  return layout;
}

static void
draw_triangle (GtkSnapshot *snapshot, double x, double y, gboolean is_folded, gboolean is_mirrored,
               const GdkRGBA *ink)
{
  cairo_t *cr = gtk_snapshot_append_cairo (
      snapshot, &GRAPHENE_RECT_INIT ((float)x - 5, (float)y - 5, 10, 10));
  double tip = is_mirrored ? -4 : 4;

  gdk_cairo_set_source_rgba (cr, ink);
  if (is_folded)
    {
      cairo_move_to (cr, x - tip / 2, y - 4);
      cairo_line_to (cr, x + tip, y);
      cairo_line_to (cr, x - tip / 2, y + 4);
    }
  else
    {
      cairo_move_to (cr, x - 4, y - 2);
      cairo_line_to (cr, x + 4, y - 2);
      cairo_line_to (cr, x, y + 4);
    }
  cairo_close_path (cr);
  cairo_fill (cr);
  cairo_destroy (cr);
}

/* What it does at the instant that is looked at. */
static guint32
get_colour (TimelineHeads *self, guint track)
{
  UiStateLook look = *ui_state_get_look (INSPECTOR_STATE_NONE);
  InspectorSpan span;

  if (inspector_history_get_state_at (
          timeline_scene_get_history (self->scene), track,
          ui_session_get_cursor (timeline_scene_get_session (self->scene)), &span))
    look = ui_part_get_look (span.state, span.family);
  return ui_is_dark () ? look.dark : look.light;
}

static void
append_colour (GtkSnapshot *snapshot, guint32 colour, double x, double y, double width,
               double height)
{
  GdkRGBA rgba = { (float)(colour >> 16 & 255) / 255, (float)(colour >> 8 & 255) / 255,
                   (float)(colour & 255) / 255, 1 };

  gtk_snapshot_append_color (snapshot, &rgba,
                             &GRAPHENE_RECT_INIT ((float)x, (float)y, (float)width, (float)height));
}

static double
get_indent (const TimelineRow *row)
{
  return MARGIN + 2 + CHIP + MIN (row->depth, MAX_INDENT) * INDENT;
}

static void
draw_head (TimelineHeads *self, GtkSnapshot *snapshot, const TimelineRow *row, double y,
           const GdkRGBA *ink)
{
  GtkWidget *widget = GTK_WIDGET (self);
  double width = gtk_widget_get_width (widget),
         height = timeline_scene_get_row_height (self->scene);
  gboolean is_mirrored = timeline_scene_is_mirrored (self->scene);
  double indent = get_indent (row) + (row->has_children ? INDENT : 0);
  guint selected = G_MAXUINT;
  PangoLayout *layout;
  int text_width, text_height;

  if (row->track == G_MAXUINT)
    append_colour (snapshot, timeline_scene_get_ink (self->scene)->header, 0, y, width, height);
  if (timeline_scene_get_selected (self->scene, &selected) && selected == row->track)
    gtk_snapshot_append_color (snapshot, &(GdkRGBA){ 0.21f, 0.52f, 0.89f, 0.3f },
                               &GRAPHENE_RECT_INIT (0, (float)y, (float)width, (float)height - 2));
  else if (self->found != NULL && row->track != G_MAXUINT &&
           g_hash_table_contains (self->found, GUINT_TO_POINTER (row->track)))
    gtk_snapshot_append_color (snapshot, &(GdkRGBA){ 0.96f, 0.76f, 0.07f, 0.35f },
                               &GRAPHENE_RECT_INIT (0, (float)y, (float)width, (float)height - 2));
  if (row->track != G_MAXUINT)
    append_colour (snapshot, get_colour (self, row->track),
                   is_mirrored ? width - MARGIN - CHIP : MARGIN, y + 1, CHIP, height - 4);
  if (height < LEAST_HEIGHT)
    return;
  if (row->has_children)
    draw_triangle (snapshot, is_mirrored ? width - get_indent (row) - 5 : get_indent (row) + 5,
                   y + height / 2 - 1, row->is_folded, is_mirrored, ink);
  layout = find_layout (self, row, (int)(width - indent - MARGIN));
  pango_layout_get_pixel_size (layout, &text_width, &text_height);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (
      snapshot, &GRAPHENE_POINT_INIT ((float)(is_mirrored ? width - indent - text_width : indent),
                                      (float)floor (y + (height - 2 - text_height) / 2)));
  gtk_snapshot_append_layout (snapshot, layout, ink);
  gtk_snapshot_restore (snapshot);
}

static void
timeline_heads_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  TimelineHeads *self = TIMELINE_HEADS (widget);
  double height = gtk_widget_get_height (widget),
         step = timeline_scene_get_row_height (self->scene);
  const TimelineViewport *viewport = timeline_scene_get_viewport (self->scene);
  double band =
      (double)timeline_viewport_get_band (viewport) / timeline_scene_get_scale (self->scene);
  const TimelineRow *rows;
  GdkRGBA ink;
  guint n, row;
  double y;

  self->drawn = *viewport;
  rows = timeline_rows_get (timeline_scene_get_rows (self->scene), &n);
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &ink);
  for (row = 0; row < n && (int)row < viewport->n_pinned; row++)
    draw_head (self, snapshot, &rows[row], row * step, &ink);
  gtk_snapshot_push_clip (snapshot,
                          &GRAPHENE_RECT_INIT (0, (float)band, (float)gtk_widget_get_width (widget),
                                               (float)MAX (height - band, 0)));
  if (timeline_scene_get_row_at (self->scene, band, &row))
    for (; row < n && timeline_scene_get_y_of (self->scene, row, &y); row++)
      draw_head (self, snapshot, &rows[row], y, &ink);
  gtk_snapshot_pop (snapshot);
  if (band > 0)
    gtk_snapshot_append_color (
        snapshot, &(GdkRGBA){ ink.red, ink.green, ink.blue, 0.4f },
        &GRAPHENE_RECT_INIT (0, (float)band - 1, (float)gtk_widget_get_width (widget), 1));
}

/* ---- Input --------------------------------------------------------------------------------------- */

static void
on_pressed (GtkGestureClick *gesture, int n_press, double x, double y, TimelineHeads *self)
{
  TimelineRows *rows = timeline_scene_get_rows (self->scene);
  double from_start =
      timeline_scene_is_mirrored (self->scene) ? gtk_widget_get_width (GTK_WIDGET (self)) - x : x;
  const TimelineRow *row;
  guint index, n;

  if (!timeline_scene_get_row_at (self->scene, y, &index))
    return;
  row = &timeline_rows_get (rows, &n)[index];
  if (row->has_children &&
      (row->track == G_MAXUINT || n_press == 2 ||
       (from_start >= get_indent (row) - 2 && from_start < get_indent (row) + INDENT)))
    {
      timeline_rows_toggle_folded (rows, index);
      timeline_scene_rows_changed (self->scene);
      return;
    }
  if (row->track != G_MAXUINT)
    timeline_scene_select (self->scene, row->track);
}

static gboolean
on_scroll (GtkEventControllerScroll *controller, double dx, double dy, TimelineHeads *self)
{
  timeline_scene_scroll (self->scene, dy * 3 * timeline_scene_get_row_height (self->scene));
  return GDK_EVENT_STOP;
}

static gboolean
on_tooltip (GtkWidget *widget, int x, int y, gboolean by_keyboard, GtkTooltip *tooltip,
            TimelineHeads *self)
{
  guint index, n;
  const TimelineRow *rows = timeline_rows_get (timeline_scene_get_rows (self->scene), &n);
  g_autofree char *text = NULL;

  if (by_keyboard || !timeline_scene_get_row_at (self->scene, y, &index))
    return FALSE;
  text = dup_name (self, &rows[index]);
  gtk_tooltip_set_text (tooltip, text);
  return TRUE;
}

/* ---- The widget ---------------------------------------------------------------------------------- */

static void
timeline_heads_system_setting_changed (GtkWidget *widget, GtkSystemSetting setting)
{
  g_hash_table_remove_all (TIMELINE_HEADS (widget)->layouts);
  GTK_WIDGET_CLASS (timeline_heads_parent_class)->system_setting_changed (widget, setting);
}

static void
timeline_heads_dispose (GObject *object)
{
  TimelineHeads *self = TIMELINE_HEADS (object);

  if (self->scene != NULL)
    g_signal_handlers_disconnect_by_data (self->scene, self);
  g_clear_object (&self->scene);
  g_clear_pointer (&self->layouts, g_hash_table_unref);
  g_clear_pointer (&self->found, g_hash_table_unref);
  G_OBJECT_CLASS (timeline_heads_parent_class)->dispose (object);
}

static void
timeline_heads_class_init (TimelineHeadsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = timeline_heads_dispose;
  widget_class->snapshot = timeline_heads_snapshot;
  widget_class->system_setting_changed = timeline_heads_system_setting_changed;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
timeline_heads_init (TimelineHeads *self)
{
  GtkGesture *click = gtk_gesture_click_new ();
  GtkEventController *scroll =
      gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_VERTICAL);

  self->layouts = g_hash_table_new_full (NULL, NULL, NULL, g_object_unref);
  g_signal_connect (click, "pressed", G_CALLBACK (on_pressed), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
  g_signal_connect (scroll, "scroll", G_CALLBACK (on_scroll), self);
  gtk_widget_add_controller (GTK_WIDGET (self), scroll);
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  g_signal_connect (self, "query-tooltip", G_CALLBACK (on_tooltip), self);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  gtk_widget_set_vexpand (GTK_WIDGET (self), TRUE);
  gtk_widget_set_size_request (GTK_WIDGET (self), 90, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Names of the rows"), -1);
}

static gboolean
has_scrolled (TimelineHeads *self)
{
  const TimelineViewport *viewport = timeline_scene_get_viewport (self->scene);

  return viewport->top != self->drawn.top || viewport->row_height != self->drawn.row_height ||
         viewport->n_pinned != self->drawn.n_pinned || viewport->height != self->drawn.height;
}

static void
on_changed (TimelineScene *scene, guint change, TimelineHeads *self)
{
  /* A task that goes on may get another name, a group another number of tasks. */
  if ((change & (TIMELINE_CHANGED_ROWS | TIMELINE_CHANGED_CONTENT)) != 0)
    g_hash_table_remove_all (self->layouts);
  if ((change & ~(guint)(TIMELINE_CHANGED_POINTER | TIMELINE_CHANGED_VIEW)) != 0 ||
      has_scrolled (self))
    gtk_widget_queue_draw (GTK_WIDGET (self));
}

GtkWidget *
timeline_heads_new (TimelineScene *scene)
{
  TimelineHeads *self = g_object_new (TIMELINE_TYPE_HEADS, NULL);

  self->scene = g_object_ref (scene);
  g_signal_connect (scene, "changed", G_CALLBACK (on_changed), self);
  return GTK_WIDGET (self);
}

void
timeline_heads_set_found (TimelineHeads *self, GHashTable *found)
{
  g_clear_pointer (&self->found, g_hash_table_unref);
  self->found = found != NULL ? g_hash_table_ref (found) : NULL;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
