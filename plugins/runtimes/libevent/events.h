/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef LIBEVENT_EVENTS_H
#define LIBEVENT_EVENTS_H

#include "plugin.h"

typedef struct
{
  const void *identity; /* the event, or what stands for one that the program never sees */
  const struct event_base *base;
  int fd; /* or the signal */
  short events;
  const struct timeval *time; /* or NULL */
  Callback callback;          /* the program's */
  const void *caller;
} EventFacts;

/* It waits from now on. */
void event_begin (const EventFacts *facts);

/* Pending since before; its callback leads to us from now on. */
void event_adopt (struct event *event);
/* It has the program's callback again. */
void event_give_back (struct event *event);

#endif
