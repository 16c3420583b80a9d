/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_VIEWS_H
#define UI_VIEWS_H

#include <inspector-plugins.h>

#include "view.h"

G_BEGIN_DECLS

/* A view plugin that was found, loaded or not. */
typedef struct
{
  const InspectorPlugin *plugin;
  const InspectView *table; /* NULL: it could not be loaded */
  char *trouble;            /* then: why, one line */
} UiView;

/* (transfer none) (element-type UiView): in the order to show; loaded once, for all windows. */
GPtrArray *ui_views_get (void);
/* (transfer none) (element-type utf8): a line for each plugin that was left out */
GPtrArray *ui_views_get_warnings (void);
/* A label of a view, or what its plugin.json says; @table: (nullable) */
const char *ui_view_translate (const InspectView *table, const char *text);
/* A field that the plugin may be too old for. */
#define UI_VIEW_HAS(table, field)                                                                  \
  ((table) != NULL &&                                                                              \
   (table)->size >= G_STRUCT_OFFSET (InspectView, field) + sizeof (table)->field &&                \
   (table)->field != NULL)

G_END_DECLS

#endif
