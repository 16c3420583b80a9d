/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The view "Events": the records as they were reported. */

#include <glib/gi18n-lib.h>

#include <view.h>

#include "page.h"

static const InspectViewCommand commands[] = {
  { "filter", N_ ("Filter the events"), "<Control>f|slash", events_page_filter },
  { "copy", N_ ("Copy the event"), "<Control>c", events_page_copy },
  { "of-task", N_ ("Only events of the selected task, or all"), "<Control>t", events_page_of_task },
  { "instant", N_ ("Go to the instant that is looked at"), "Home", events_page_go_to_instant },
  { "next", N_ ("Travel to the next event"), "period", events_page_next },
  { "previous", N_ ("Travel to the previous event"), "comma", events_page_previous },
  { NULL },
};

static const char help[] = N_ (
    "The records of the program's runtimes, one after the other, around the instant that is looked "
    "at; "
    "those after it are pale. Scroll, and more are read at either end.\n\n"
    "A click on an event moves the playhead there and selects its task; what is known of it stands "
    "below.\n\n"
    "Type above to see some of them: a word, or type:await-begin kind:tcp task:42 name:fetch* "
    "thread:1234. What is rare is searched for in all of the recording, in steps.\n\n"
    "The events of a program that runs are those of the file in which its past is kept meanwhile; "
    "where "
    "there is none, the view says so.");

INSPECT_VIEW_PLUGIN (.create_page = events_page_new, .commands = commands,
                     .dup_csv = events_page_dup_csv, .save_state = events_page_save_state,
                     .load_state = events_page_load_state, .help = help)
