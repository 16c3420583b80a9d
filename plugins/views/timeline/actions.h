/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TIMELINE_ACTIONS_H
#define TIMELINE_ACTIONS_H

#include <view.h>

G_BEGIN_DECLS

/** Everything that the view can do by keys. */
extern const InspectViewCommand timeline_commands[];

G_END_DECLS

#endif
