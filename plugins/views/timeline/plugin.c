/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The view "Timeline": what all tasks did and when. */

#include <view.h>

#include "actions.h"
#include "page.h"

INSPECT_VIEW_PLUGIN (.create_page = timeline_page_new, .commands = timeline_commands)
