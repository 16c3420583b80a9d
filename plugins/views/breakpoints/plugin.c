/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The view "Breakpoints": where a program is to stop, and what stands still. */

#include <glib/gi18n-lib.h>

#include <view.h>

#include "page.h"

static const InspectViewCommand commands[] = {
  { "copy", N_ ("Copy what stands still as text"), "<Control><Shift>c", breakpoints_page_copy },
  { NULL },
};

static const char help[] = N_ (
    "Breakpoints are places at which a thread of the program is to stand still before it goes on: "
    "a function or a line that begins to wait, a state, a kind of await, a task, a resource, a "
    "wait "
    "that will take long, any deadlock. Each can have a condition on the variables of the task. "
    "The "
    "check box keeps one without stopping there.\n\n"
    "While a thread stands still, the other threads go on, unless all are to stop. Below the "
    "breakpoints are what it holds that others wait for, what the program says of its task, and "
    "its "
    "stack with variables. The line above the views, and its keys, let it go on: to anything, or "
    "until this task waits or runs again. When the app ends, the program goes on.");

INSPECT_VIEW_PLUGIN (.create_page = breakpoints_page_new, .commands = commands,
                     .dup_csv = breakpoints_page_dup_csv, .help = help)
