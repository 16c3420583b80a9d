/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_CSV_H
#define UI_CSV_H

#include <glib.h>

/**
 * SECTION: csv.h
 *
 * Tables of views as text (RFC 4180), field by field. What a program said of itself is text of somebody
 * else: a field that a spreadsheet would take for a formula is led by an apostrophe.
 */

G_BEGIN_DECLS

#ifndef UI_API
#define UI_API __attribute__ ((visibility ("default"))) extern
#endif

/** One field more, in quotes where that is needed. */
UI_API void ui_csv_append (GString *csv, const char *text);
UI_API void ui_csv_append_number (GString *csv, gint64 number);
UI_API void ui_csv_end_line (GString *csv);

G_END_DECLS

#endif
