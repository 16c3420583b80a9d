/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TEST_OWN_MODULE_H
#define TEST_OWN_MODULE_H

#include <glib.h>

/* Where the test itself lies in memory, by whole pages. */
typedef struct
{
  char *path;
  guint64 start, end;
  guint64 bias;
} OwnModule;

void own_module_find (OwnModule *ret_module);
void own_module_clear (OwnModule *module);

#endif
