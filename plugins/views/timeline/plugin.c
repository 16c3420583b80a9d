/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The view "Timeline": what all tasks did and when. */

#include <glib/gi18n-lib.h>

#include <view.h>

#include "actions.h"
#include "page.h"

/* clang-format off */
INSPECT_VIEW_PLUGIN (
  .create_page = timeline_page_new,
  .commands = timeline_commands,
  .dup_csv = timeline_page_dup_csv,
  .save_state = timeline_page_save_state,
  .load_state = timeline_page_load_state,
  .help = N_ ("A row for each task, and along it what the task did when: a colour and a pattern for what runs, for "
              "what is ready, and for each thing that is waited for: a timer, the network, a file, a lock, a "
              "channel, a process, a thread pool, another task. What rests is paler, what is blocked is red. "
              "Click to look at an instant and to select a task; all other views show the same.\n\n"
              "Where much happens in one place all of it is stacked, each as high as it lasted, and "
              "what was blocked is never too small to be seen. Zoom in until each wait says what it waits "
              "for and where that began. Arrows lead to the selected task from what woke it, and from it "
              "to what it woke.\n\n"
              "Select a stretch of time on the scale, or with Shift, and the table below says what was "
              "done in it, how often and for how long."))
/* clang-format on */
