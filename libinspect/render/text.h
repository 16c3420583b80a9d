/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RENDER_TEXT_H
#define RENDER_TEXT_H

#include "analysis/report.h"

G_BEGIN_DECLS

/* (transfer full) */
char *export_text (const Report *report, InspectorTextFlags flags, guint width);

G_END_DECLS

#endif
