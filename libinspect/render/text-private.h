/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RENDER_TEXT_PRIVATE_H
#define RENDER_TEXT_PRIVATE_H

#include "render/text.h"

G_BEGIN_DECLS

/* Parts of the text report; each appends whole lines. */
void export_text_add_box (GString *text, const ReportTask *task, InspectorTextFlags flags,
                          guint width);
void export_text_add_finding (GString *text, const Finding *finding, InspectorTextFlags flags,
                              guint width);
void export_text_add_footer (GString *text, const ReportTarget *target, InspectorTextFlags flags,
                             guint width);

/* What is said where a thread of the program stands at a breakpoint. */
char *export_text_dup_standing (gint64 stands_ns);

/* Of a task of which it is not known how long it has waited: its functions, what they have, and what
 * the innermost one waits for. */
void export_text_add_tree (GString *text, const ReportTask *task);

/* "client = {number: 12, …}   (inferred)"; (transfer full) */
char *export_text_dup_value (const ReportValue *value);
/* Of a task, so many of them are shown. */
#define EXPORT_TEXT_MAX_VALUES 3

/* Whether a finding that holds at the time of the report tells of @task. */
gboolean export_text_is_explained (const ReportTarget *target, const ReportTask *task);

/* Both forms of a phrase, for xgettext, which knows this word from po/meson.build; g_dngettext()
 * chooses between them. */
#define PLURAL(one, many) one, many

G_END_DECLS

#endif
