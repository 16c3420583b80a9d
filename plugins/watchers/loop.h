/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef WATCHERS_LOOP_H
#define WATCHERS_LOOP_H

/* Who turns which loop. */

#include "inspect.h"

InspectObject loop_object (const void *loop);
/* Around the function that turns @loop. It is no part of the task whose callback turns it. */
InspectId loop_enter (const void *loop, const void *caller);
void loop_leave (const void *loop, InspectId previous);
/* The loop that this thread turns; NULL: none that is known. */
const void *loop_current (void);
/* The thread that an inspector has borrowed turns it since before. */
void loop_adopt (const void *loop);

#endif
