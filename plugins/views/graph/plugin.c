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

INSPECT_VIEW_PLUGIN (.create_page = graph_page_new, .commands = commands,
                     .dup_csv = graph_page_dup_csv, .save_state = graph_page_save_state,
                     .load_state = graph_page_load_state)
