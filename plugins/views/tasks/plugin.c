/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The view "Tasks": the table of all tasks. */

#include <glib/gi18n-lib.h>

#include <view.h>

#include "page.h"

static const InspectViewCommand commands[] = {
  { "filter", N_ ("Filter the tasks"), "<Control>f|slash", tasks_page_filter },
  { "clear-filter", N_ ("Show all tasks again"), NULL, tasks_page_clear_filter },
  { "copy", N_ ("Copy the line"), "<Control>c", tasks_page_copy },
  { "timeline", N_ ("Show the task in the timeline"), "<Control>t", tasks_page_show_timeline },
  { "events", N_ ("Show the events of the task"), "<Control>e", tasks_page_show_events },
  { "place", N_ ("Show the source of what it waits for"), "<Control>d", tasks_page_show_place },
  { "parent", N_ ("Select the task that began it"), "<Alt>Up", tasks_page_select_parent },
  { "same-name", N_ ("Only tasks of this name"), NULL, tasks_page_same_name },
  { "same-wait", N_ ("Only tasks that wait for the same"), NULL, tasks_page_same_wait },
  { "same-state", N_ ("Only tasks in this state"), NULL, tasks_page_same_state },
  { "open-all", N_ ("Open all lines"), "<Control>plus|<Control>KP_Add", tasks_page_open_all },
  { "close-all", N_ ("Close all lines"), "<Control>minus|<Control>KP_Subtract",
    tasks_page_close_all },
  { "ended", N_ ("Show tasks that have ended, too, or not"), NULL, tasks_page_toggle_ended },
  { "group-none", N_ ("A line for each task"), NULL, tasks_page_group_none },
  { "group-equal", N_ ("A line for equal tasks"), NULL, tasks_page_group_equal },
  { "group-name", N_ ("A line for tasks of one name"), NULL, tasks_page_group_name },
  { "group-tree", N_ ("Tasks below those that began them"), NULL, tasks_page_group_tree },
  { NULL },
};

static const char help[] = N_ (
    "Move the playhead, and the table shows that instant; follow, and it shows what is now.\n\n"
    "Type above it to see some of them: a word, or what they have: state:blocked wait>1s kind:tcp "
    "for:file name:fetch* polls>100 age<5m -state:resting. The question mark lists what can be "
    "asked for; "
    "the "
    "counts below ask for a state.\n\n"
    "A line stands for a task, for equal ones (of one name, but for numbers in it, that wait for "
    "the "
    "same at the same place), for all of one name, or tasks stand below those that began them. "
    "Right and "
    "Left open and close a line.\n\n"
    "A click on a header sorts by that column, again the other way; its menu chooses the columns.");

INSPECT_VIEW_PLUGIN (.create_page = tasks_page_new, .commands = commands,
                     .dup_csv = tasks_page_dup_csv, .save_state = tasks_page_save_state,
                     .load_state = tasks_page_load_state, .help = help)
