/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef LIBURING_FLIGHTS_H
#define LIBURING_FLIGHTS_H

/* Operations that were submitted and have not completed, by their ring and what the program knows them by
 * (user_data). Any thread: one may submit while another reaps. */

#include <stdbool.h>
#include <stdint.h>

#include "inspect.h"

typedef struct Flight Flight;
struct Flight
{
  Flight *next; /* older ones first */
  const void *ring;
  uint64_t user_data;
  InspectObject await;
  InspectId task; /* with a reference */
  uint32_t session;
  int32_t fd; /* -1: none */
  uint8_t opcode;
};

/* Its await's id is its own address, which is nobody else's until it has landed. NULL: there is no room. */
Flight *flights_take_off (void);
void flights_add (Flight *flight);
/* The oldest one of those; NULL: none is known. It is still in flight. */
Flight *flights_find (const void *ring, uint64_t user_data);
/* It is over: nobody else finds it. */
void flights_land (Flight *flight);
/* Any of that ring; NULL: there is none. It has landed. */
Flight *flights_land_any (const void *ring);
/* Its memory is used for another. */
void flights_free (Flight *flight);

#endif
