/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The one table that the app reads. Everything but .create_page may be left out. */

#include <view.h>

#include "states-page.h"

static const InspectViewCommand commands[] = {
  { "sort", "Sort by number, or by state", "s", states_page_toggle_order },
  { NULL },
};

INSPECT_VIEW_PLUGIN (.create_page = states_page_new, .commands = commands,
                     .dup_csv = states_page_dup_csv, .save_state = states_page_save,
                     .load_state = states_page_load,
                     .help =
                         "Each bar is a state, and as long as the share of tasks that are in it "
                         "at the instant that is looked at. Travel in time with the strip below.")
