/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The view "Why": the answer panel. */

#include <glib/gi18n-lib.h>

#include <view.h>

#include "page.h"

static const InspectViewCommand commands[] = {
  { "copy", N_ ("Copy the answer as text"), "<Control><Shift>c", why_page_copy },
  { "session", N_ ("Show what is wrong in the whole session"), "BackSpace", why_page_show_session },
  { NULL },
};

static const char help[] = N_ ("Says why the selected task does not go on: what it waits for, who "
                               "has that, what that one waits for, "
                               "and so on, each with its age and its place in the source; when a "
                               "timeout will end it, and what the "
                               "kernel says of its socket. Of a task that has ended it tells the "
                               "critical path: while it waited, what "
                               "the task did that ended the wait.\n"
                               "The chain is of the instant that is looked at; what is judged is "
                               "of now, or of the end, and a line says "
                               "so wherever the two differ. Without a selected task, what is wrong "
                               "in the whole session is told.");

INSPECT_VIEW_PLUGIN (.create_page = why_page_new, .commands = commands, .dup_csv = why_page_dup_csv,
                     .help = help)
