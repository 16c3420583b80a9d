/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The view "Profile": where the time went, as tables and as a flame graph. */

#include <glib/gi18n-lib.h>

#include <view.h>

#include "page.h"

static const InspectViewCommand commands[] = {
  { "flame", N_ ("Show the flame graph"), "<Alt>f", profile_page_show_flame },
  { "operations", N_ ("Show the slowest operations"), "<Alt>o", profile_page_show_operations },
  { "find", N_ ("Find frames of the flame graph"), "slash|<Control>f", profile_page_find },
  { "find-next", N_ ("Go to the next frame that was found"), "<Control>g", profile_page_find_next },
  { "find-previous", N_ ("Go to the frame that was found before"), "<Control><Shift>g",
    profile_page_find_previous },
  { "zoom-frame", N_ ("Make the selected frame as wide as the view"), "z",
    profile_page_zoom_frame },
  { "show-all", N_ ("Show the whole flame graph"), "Escape|Home", profile_page_show_all },
  { "show-source", N_ ("Show the source of the selected frame"), "<Control>u",
    profile_page_show_source },
  { "list-tasks", N_ ("List the tasks of the selected frame"), "<Control>t",
    profile_page_list_tasks },
  { NULL },
};

INSPECT_VIEW_PLUGIN (
        .create_page = profile_page_new, .commands = commands, .dup_csv = profile_page_dup_csv,
        .save_state = profile_page_save_state, .load_state = profile_page_load_state,
        .help = N_ (
            "Where the time went, of all that has happened or of the stretch of time that "
            "is selected: what was waited for and for how long, who had the locks, how "
            "long callbacks kept their loop, what woke tasks for nothing, and what could "
            "be done about it. A row leads to the task that took longest, and to its line "
            "of source.\n\n"
            "The flame graph shows who awaited what: programs on top, below each task those "
            "that it has begun, what it ran and what it waited for, as wide as that took. "
            "The arrow keys go from frame to frame, Enter makes one as wide as the view and "
            "Escape shows all; Control and the wheel zoom at the pointer, and Shift and the "
            "wheel move to the sides.\n\n"
            "What is not over yet counts in no duration; a column says how many there are."))
