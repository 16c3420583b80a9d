/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef WATCHERS_DESCRIPTORS_H
#define WATCHERS_DESCRIPTORS_H

/* Descriptors that are watched, as resources, and what each of them is. */

#include <stdbool.h>
#include <stdint.h>

#include "inspect.h"

/* Known by its number, so that both directions of a connection are one. */
InspectObject descriptor_object (int fd);
/* The descriptor's resource, which that of every await on it is. */
InspectObject say_descriptor (InspectObject await, int fd, const void *loop);

typedef enum
{
  DESCRIPTOR_PLAIN, /* a terminal, a pipe, a datagram socket: whatever is watched */
  DESCRIPTOR_LISTENING,
  DESCRIPTOR_CONNECTING,
  DESCRIPTOR_STREAM, /* a connected socket */
} DescriptorState;

/* Asks the kernel what @fd is at this moment, and says its addresses. Four system calls at most. What is sent
 * on a connection is followed from then on. */
DescriptorState descriptor_look (int fd);

typedef enum
{
  DESCRIPTOR_ACCEPTS,
  DESCRIPTOR_CONNECTS,
  DESCRIPTOR_READS,
  DESCRIPTOR_WRITES,
  DESCRIPTOR_IS_WATCHED, /* for anything else, or for both directions of a connection */
} DescriptorUse;

/* What who waits for @fd to be readable or writable waits for; looks at it. */
DescriptorUse descriptor_look_for (int fd, bool reads, bool writes);
/* Whether it was found to be one. */
bool descriptor_is_connection (int fd);
/* What a library sends there by itself, outside of any callback, is of the task that @owner belongs to, a
 * watcher. */
void descriptor_set_owner (int fd, const void *owner);
/* NULL: it has none. */
const void *descriptor_get_owner (int fd);
/* For who connects, accepts and closes by other ways than the functions of libc: it is this side that connects;
 * what had that number is no more. */
void descriptor_set_client (int fd);
void descriptor_forget (int fd);
/* Whether there is anything to forget. */
bool descriptor_is_known (int fd);
/* Whether what is sent there is a question. */
bool descriptor_is_followed (int fd);
/* What is sent there is more than what the program asks. */
void descriptor_unfollow (int fd);

#endif
