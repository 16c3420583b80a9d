/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The view "Variables": what a task is. */

#include <glib/gi18n-lib.h>

#include <view.h>

#include "page.h"

static const InspectViewCommand commands[] = {
  { "copy", N_ ("Copy the selected variable"), "<Control>c", variables_page_copy },
  { "copy-text", N_ ("Copy all variables as text"), "<Control><Shift>c", variables_page_copy_text },
  { "copy-json", N_ ("Copy all variables as JSON"), "<Control><Shift>j", variables_page_copy_json },
  { NULL },
};

static const char help[] = N_ (
    "Shows the selected task as it was at the instant that is looked at. Above, its states: the "
    "ones "
    "that its program names, else what it was seen to do; the current one stands out, and so does "
    "the "
    "step that led to it. Numbers say how often, and for how long in all.\n"
    "Below, its variables, what it waits for and what it has. What is another than before the last "
    "turn of the task is marked: ● it has changed, ✚ it is new; where the pointer rests, the value "
    "before is told. Enter leads to a task or to a place in the source, or opens what has parts.");

INSPECT_VIEW_PLUGIN (.create_page = variables_page_new, .commands = commands,
                     .dup_csv = variables_page_dup_csv, .help = help)
