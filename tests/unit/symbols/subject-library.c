/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "subject.h"

static __attribute__ ((noinline)) void
library_hidden (Report report)
{
  report ("library-hidden"); /* CALL: library-hidden */
  NOT_LAST;
}

void
library_call (Report report)
{
  report ("library"); /* CALL: library */
  NOT_LAST;
}

void
library_ask (Report report)
{
  library_hidden (report);
  NOT_LAST;
}
