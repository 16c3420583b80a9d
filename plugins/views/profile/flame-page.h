/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef PROFILE_FLAME_PAGE_H
#define PROFILE_FLAME_PAGE_H

#include "data.h"

G_BEGIN_DECLS

/* The flame graph, with what looks for frames in it and says what the selected one is. */

#define PROFILE_TYPE_FLAME_PAGE (profile_flame_page_get_type ())
G_DECLARE_FINAL_TYPE (ProfileFlamePage, profile_flame_page, PROFILE, FLAME_PAGE, GtkWidget)

GtkWidget *profile_flame_page_new (UiSession *session);
void profile_flame_page_set_data (ProfileFlamePage *self, ProfileData *data);
InspectorFlameBy profile_flame_page_get_by (ProfileFlamePage *self);
void profile_flame_page_set_by (ProfileFlamePage *self, InspectorFlameBy by);
/* (nullable): that is shown */
InspectorFlame *profile_flame_page_get_flame (ProfileFlamePage *self);
void profile_flame_page_find (ProfileFlamePage *self);
void profile_flame_page_next (ProfileFlamePage *self, gboolean backwards);
void profile_flame_page_zoom_in (ProfileFlamePage *self);
void profile_flame_page_reset (ProfileFlamePage *self);
void profile_flame_page_show_source (ProfileFlamePage *self);
void profile_flame_page_show_tasks (ProfileFlamePage *self);
/* (transfer full): the frames that are shown */
char *profile_flame_page_dup_csv (ProfileFlamePage *self);
/* All of what is shown, as a picture. */
gboolean profile_flame_page_save_png (ProfileFlamePage *self, const char *path, GError **error);

G_END_DECLS

#endif
