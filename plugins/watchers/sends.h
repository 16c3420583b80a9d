/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef WATCHERS_SENDS_H
#define WATCHERS_SENDS_H

/* What a program sends on descriptors that are watched: the other end may owe an answer from then on. And by
 * which functions of libc connections begin and end. */

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define HOOK(function)                                                                             \
  extern __typeof__ (function) *real_##function;                                                   \
  __typeof__ (function) hook_##function;
#include "sends.def"

#endif
