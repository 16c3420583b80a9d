/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef WATCHERS_ASKS_H
#define WATCHERS_ASKS_H

/* What a program sends on connections that it watches: the other end may owe an answer from then on. */

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define HOOK(function)                                                                             \
  extern __typeof__ (function) *real_##function;                                                   \
  __typeof__ (function) hook_##function;
#include "asks.def"

/* @fd is a connection that is watched. What a library sends there by itself, outside of any callback, is of
 * the task that @owner belongs to, a watcher; NULL: of none. */
void asks_follow (int fd, const void *owner);

#endif
