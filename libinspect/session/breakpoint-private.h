/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SESSION_BREAKPOINT_PRIVATE_H
#define SESSION_BREAKPOINT_PRIVATE_H

#include "session/breakpoint.h"

G_BEGIN_DECLS

/*   breakpoint.c        how it is written
 *   breakpoint-arm.c    what threads have to stop at
 *   breakpoint-hint.c   what could have been meant by a name that nothing has
 *   breakpoint-match.c  whether one that has stopped means it, and what it was about to do */

typedef enum
{
  BREAKPOINT_EQUAL,
  BREAKPOINT_NOT_EQUAL,
  BREAKPOINT_BELOW,
  BREAKPOINT_AT_MOST,
  BREAKPOINT_ABOVE,
  BREAKPOINT_AT_LEAST,
  BREAKPOINT_CONTAINS,
} BreakpointOperator;

typedef struct
{
  char *name;
  BreakpointOperator op;
  char *value;
} BreakpointCondition;

G_END_DECLS

#endif
