/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef EXPORT_FLAME_H
#define EXPORT_FLAME_H

#include "export/output.h"
#include "inspector-profile.h"

G_BEGIN_DECLS

/* "a;b;c 123", one stack a line, in microseconds: what flamegraph.pl and inferno read. */
void export_flame_folded (InspectorFlame *flame, ExportOutput *output);
/* A picture that stands for itself: its script needs nothing else, and it is readable without. */
void export_flame_svg (InspectorFlame *flame, ExportOutput *output);
/* The file format of speedscope.app, which other viewers read, too. */
void export_flame_speedscope (InspectorFlame *flame, ExportOutput *output);

/* "by waiting time"; (transfer none) */
const char *export_flame_describe (InspectorFlame *flame);

G_END_DECLS

#endif
