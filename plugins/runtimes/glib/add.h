/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GLIB_ADD_H
#define GLIB_ADD_H

#include <stdbool.h>

/* Functions that make a source, attach it and let go of it at once (g_idle_add()): what they made is
 * only known when they have returned, and then another thread may have run it already. While one
 * of them is on its way, the sources that are finalized are noted. */

/* @source is being finalized. */
void add_note_death (const void *source);

#endif
