/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef COROUTINE_H
#define COROUTINE_H

/* A small executor of stackful coroutines on one thread: epoll, timers, channels, an async mutex. It
 * is an example that authors of executors copy from: what makes it visible to async-inspect is
 * instrument.[ch] and its calls, and nothing else.
 *
 * All functions but co_run() and the *_new() are called from within a coroutine. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct Coroutine Coroutine;
typedef struct CoMutex CoMutex;
typedef struct CoChannel CoChannel;
typedef void (*CoFunc) (void *data);

/* Runs @main and all that it spawns on this thread until the last one has returned. False where there
 * is no memory, or no descriptor left. */
bool co_run (CoFunc main, void *data);

/* @name: static text, or NULL. The coroutine is freed when it has returned and was joined, or was
 * detached. NULL: no memory. */
Coroutine *co_spawn (const char *name, CoFunc func, void *data);
void co_join (Coroutine *coroutine);
void co_detach (Coroutine *coroutine);
/* Lets the others run. */
void co_yield (void);
void co_sleep (int64_t nanoseconds);

/* As read(2) and write(2) on a descriptor that is O_NONBLOCK, but that they wait. */
ssize_t co_read (int fd, void *bytes, size_t length);
ssize_t co_write (int fd, const void *bytes, size_t length);

CoMutex *co_mutex_new (const char *name);
void co_mutex_free (CoMutex *mutex);
void co_mutex_lock (CoMutex *mutex);
void co_mutex_unlock (CoMutex *mutex);

/* Holds up to @room messages; who sends one more waits. */
CoChannel *co_channel_new (const char *name, size_t room);
void co_channel_free (CoChannel *channel);
void co_channel_send (CoChannel *channel, void *message);
/* NULL: the channel is closed and empty. */
void *co_channel_receive (CoChannel *channel);
void co_channel_close (CoChannel *channel);

#endif
