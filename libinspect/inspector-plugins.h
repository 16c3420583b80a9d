/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef INSPECTOR_PLUGINS_H
#define INSPECTOR_PLUGINS_H

#include "inspector.h"

G_BEGIN_DECLS

/** InspectorPlugin: what plugin.json says of a plugin; none of its code was loaded. */
typedef struct
{
  char *id; /* name of its folder */
  char *name;
  char *summary;
  char *icon;  /* name of an icon */
  char *place; /* where a view is shown: "main" or "panel" */
  char *path; /* of its shared object */
  int order;  /* where it stands among the others, from 0 */
} InspectorPlugin;

/**
 * inspector_plugins_find: (skip)
 * @kind: "view"
 * @folder: of the installed ones: "views"
 * @abi: that they have to be made for
 * @ret_warnings: (out) (transfer full) (optional) (element-type utf8): a translated line for each that
 *   cannot be used
 *
 * Finds the plugins of a kind in the folders of ASYNC_INSPECT_PLUGIN_PATH (separated by colons), in
 * ~/.local/share/async-inspect/plugins and in the installed folder. One that is damaged, of another ABI,
 * or that others than the user and root can write to, is left out. Any thread.
 *
 * Returns: (transfer full) (element-type InspectorPlugin): the first of each id
 */
INSPECTOR_API GPtrArray *inspector_plugins_find (const char *kind, const char *folder, guint abi,
                                                 GPtrArray **ret_warnings);

G_END_DECLS

#endif
