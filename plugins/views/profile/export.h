/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef PROFILE_EXPORT_H
#define PROFILE_EXPORT_H

#include "data.h"

G_BEGIN_DECLS

/* What a profile can be written as. */
typedef enum
{
  PROFILE_EXPORT_SVG,
  PROFILE_EXPORT_PNG,
  PROFILE_EXPORT_FOLDED,
  PROFILE_EXPORT_SPEEDSCOPE,
  PROFILE_EXPORT_CSV,
  PROFILE_EXPORT_HTML,
  PROFILE_EXPORT_JSON,
  PROFILE_EXPORT_N
} ProfileExport;

/* (transfer none): translated: "Flame graph as SVG…" */
const char *profile_export_get_label (ProfileExport as);
/* Asks for a file and calls @write with its path. @write: (nullable): what @data says is written, in a
 * thread; of flame graphs @flame. What goes wrong is told in a dialog. */
typedef gboolean (*ProfileExportFunc) (GtkWidget *page, const char *path, GError **error);
void profile_export_ask (GtkWidget *page, ProfileExport as, ProfileData *data,
                         InspectorFlame *flame, ProfileExportFunc write);

G_END_DECLS

#endif
