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

INSPECT_VIEW_PLUGIN (.create_page = why_page_new, .commands = commands, .dup_csv = why_page_dup_csv)
