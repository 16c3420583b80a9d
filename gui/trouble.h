/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_TROUBLE_H
#define UI_TROUBLE_H

#include <inspector.h>

G_BEGIN_DECLS

/* What is the matter now, in one line, and where to look. */
typedef struct
{
  char *text;   /* NULL: nothing is */
  char *view;   /* that shows it best */
  guint64 task; /* number; 0: none */
} UiTrouble;

/* Of a report; sentences are the report's own. @ret_trouble is set in any case. */
void ui_trouble_find (InspectorReport *report, UiTrouble *ret_trouble);
/* Of inspector_report_to_json(). */
void ui_trouble_find_in_json (const char *text, UiTrouble *ret_trouble);
void ui_trouble_clear (UiTrouble *trouble);

G_END_DECLS

#endif
