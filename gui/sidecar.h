/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_SIDECAR_H
#define UI_SIDECAR_H

#include <glib.h>

G_BEGIN_DECLS

/* What was looked at in a recording, and how: a key file in the user's state folder, by the recording's
 * path. A recording that others made is never written to, nor is its folder. */
GKeyFile *ui_sidecar_load (const char *recording); /* (transfer full): empty where there is none */
void ui_sidecar_save (const char *recording, GKeyFile *state);

G_END_DECLS

#endif
