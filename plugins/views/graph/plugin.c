/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The view "Graph": who waits for whom. */

#include <glib/gi18n-lib.h>

#include <view.h>

#include "page.h"

static const InspectViewCommand commands[] = {
  { "fit", N_ ("Show all of the graph"), "f", graph_page_fit },
  { "zoom-in", N_ ("Larger"), "plus|<Control>plus|KP_Add", graph_page_zoom_in },
  { "zoom-out", N_ ("Smaller"), "minus|<Control>minus|KP_Subtract", graph_page_zoom_out },
  { "zoom-reset", N_ ("As large as text is"), "0|<Control>0", graph_page_zoom_reset },
  { "open", N_ ("Show those of this kind one by one"), "e", graph_page_open },
  { "fold", N_ ("Show those of this kind as one"), "c", graph_page_fold },
  { "fold-all", N_ ("Show each kind as one again"), "<Shift>c", graph_page_fold_all },
  { "part", N_ ("Show only what hangs together with the selected task, or all"), "n",
    graph_page_toggle_part },
  { NULL },
};

static const char help[] = N_ (
    "Shows who waits for what, and who has it, at the instant that is looked at: move the "
    "playhead, and "
    "see how it came to be so. A line leads from who waits to what is waited for, and a broken one "
    "from "
    "there to who has it: what holds a task up lies to its right. A deadlock is a ring of double "
    "lines, on "
    "top.\n"
    "Deadlocks are always shown, then what is near the selected task, 300 nodes at most. More than "
    "five of a kind are one node, which says how many they are; Enter or a click shows them one by "
    "one. "
    "What finds no room is counted above.\n"
    "Arrow keys go to the next node, along a line where there is one; Enter selects its task in "
    "all views. "
    "The wheel zooms at the pointer, dragging moves the picture, F shows all of it.");

INSPECT_VIEW_PLUGIN (.create_page = graph_page_new, .commands = commands, .help = help,
                     .dup_csv = graph_page_dup_csv, .save_state = graph_page_save_state,
                     .load_state = graph_page_load_state)
