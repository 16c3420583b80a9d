/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef WATCHERS_WRAP_H
#define WATCHERS_WRAP_H

/* What a runtime is given as the data of a callback, where the program has no object that stands for the
 * operation and no way to read its data back. */

#include <stdbool.h>

#include "table.h"

typedef struct Wrap Wrap;
struct Wrap
{
  Callback callback;
  void *data;
  bool is_on_descriptor;
  Wrap *next_free;
};

/* NULL when there is no memory; it was counted. */
Wrap *wrap_new (Callback callback, void *data);
void wrap_free (Wrap *wrap);

#endif
