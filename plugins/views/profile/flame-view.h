/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef PROFILE_FLAME_VIEW_H
#define PROFILE_FLAME_VIEW_H

#include <gtk/gtk.h>

#include "flame-layout.h"

G_BEGIN_DECLS

#define PROFILE_TYPE_FLAME_VIEW (profile_flame_view_get_type ())
G_DECLARE_FINAL_TYPE (ProfileFlameView, profile_flame_view, PROFILE, FLAME_VIEW, GtkWidget)

/**
 * ProfileFlameView::changed: another frame is selected, or another part is shown
 * ProfileFlameView::menu (x, y): what can be done with the selected frame is asked for
 */

GtkWidget *profile_flame_view_new (void);
/** Keeps a reference. What was selected and shown stays, where it is still there. */
void profile_flame_view_set_layout (ProfileFlameView *self, FlameLayout *layout);
const FlameLayout *profile_flame_view_get_layout (ProfileFlameView *self);
guint profile_flame_view_get_selected (ProfileFlameView *self);
/** Makes the selected frame as wide as the view. */
void profile_flame_view_zoom_in (ProfileFlameView *self);
/** Shows all. */
void profile_flame_view_reset (ProfileFlameView *self);
gboolean profile_flame_view_is_zoomed (ProfileFlameView *self);
/** "": nothing is looked for. */
void profile_flame_view_search (ProfileFlameView *self, const char *text);
const FlameSearch *profile_flame_view_get_search (ProfileFlameView *self);
void profile_flame_view_next_found (ProfileFlameView *self, gboolean backwards);
/** Draws all of what is shown, however much is scrolled away. */
void profile_flame_view_draw (ProfileFlameView *self, cairo_t *cr, int width, int height);
int profile_flame_view_get_full_height (ProfileFlameView *self);

G_END_DECLS

#endif
