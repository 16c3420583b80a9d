/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The view "Source": the line at which the selected task is. */

#include <glib/gi18n-lib.h>

#include <view.h>

#include "page.h"

static const InspectViewCommand commands[] = {
  { "open-editor", N_ ("Open the file in the editor"), "<Control>e", source_page_open_editor },
  { "follow", N_ ("Go to the line of the selected task"), "<Control>l", source_page_follow },
  { "select-slowest", N_ ("Select the task that took longest at this line"), "<Control>Return",
    source_page_select_slowest },
  { "toggle-break", N_ ("Set a breakpoint at this line, or take it away"), "<Control>b",
    source_page_toggle_break },
  { "next-line", N_ ("Go to the next line that something is known of"), "<Alt>Down",
    source_page_next_line },
  { "previous-line", N_ ("Go to the line before that something is known of"), "<Alt>Up",
    source_page_previous_line },
  { "choose-file", N_ ("Say where the file is"), NULL, source_page_choose_file },
  { "settings", N_ ("Editor and folders of source files"), NULL, source_page_show_settings },
  { NULL },
};

INSPECT_VIEW_PLUGIN (
        .create_page = source_page_new, .commands = commands, .dup_csv = source_page_dup_csv,
        .save_state = source_page_save_state, .load_state = source_page_load_state,
        .help = N_ (
            "The line at which the selected task waits or runs at the instant that is looked at. "
            "It goes along with the selection and with the time, until another place is asked "
            "for; \"Follow\" takes it back.\n\n"
            "The margin says how often something was waited for at a line, ran or was begun "
            "there, and how long that took in all; a bar is as long as the share of the line that "
            "took most. A click there selects the task that took longest. The column before it has "
            "the number of the tasks that are there now, and breakpoints: in a program that runs a "
            "click sets one, or takes it away.\n\n"
            "Where a file lies elsewhere than the compiler had it, say where it is: the folder is "
            "remembered."))
