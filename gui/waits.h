/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_WAITS_H
#define UI_WAITS_H

#include "colours.h"

G_BEGIN_DECLS

/* Waits, told apart by what is waited for: a colour and a pattern for each family. The colour of one that
 * rests is paler. What is blocked is of a warm red: locks, channels and other tasks have one of their own, and
 * what else a task is blocked for has that of blocked, with its pattern. */

/** Returns: (transfer none): how a wait of @family is shown */
UI_API const UiStateLook *ui_family_get_look (InspectorFamily family);
/** Returns: translated: "network" */
UI_API const char *ui_family_get_name (InspectorFamily family);
/** Returns: how a task in @state is shown that waits for something of @family; the name is that of @state */
UI_API UiStateLook ui_part_get_look (InspectorState state, InspectorFamily family);
/** Returns: (transfer full): translated: "waiting (network)" */
UI_API char *ui_part_dup_name (InspectorState state, InspectorFamily family);

G_END_DECLS

#endif
