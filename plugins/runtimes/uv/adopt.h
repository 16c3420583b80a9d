/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UV_ADOPT_H
#define UV_ADOPT_H

/* What was pending before anybody looked, and giving it back. A handle's callback lies in a field of it;
 * that field gets the trampoline, or the program's own again. */

#include "plugin.h"

typedef enum
{
  ADOPT,
  GIVE_BACK,
} AdoptMode;

/* Of the loop in which the thread stands at @site, if it does in one. */
void adopt_pending (const InspectSite *site);
void adopt_give_back (const InspectSite *site);

/* The same later, in a callback of a loop in which nobody stood: of another thread, or one that was busy. There it may
 * be walked as well. Called by what libuv calls, for that is in the thread of its loop, whatever else a program does;
 * one load where all began under our eyes. */
#define ADOPT_MAX_LOOPS 16
extern const uv_loop_t
    *adopt_known[ADOPT_MAX_LOOPS]; /* those that have been walked; NULL: no more */
extern bool adopt_is_wanted;
void adopt_loop (uv_loop_t *loop);
/* No loop has been walked, and none is to be. */
void adopt_forget (void);

static inline void
adopt_loop_if_unknown (uv_loop_t *loop)
{
  if (loop != __atomic_load_n (&adopt_known[0], __ATOMIC_RELAXED))
    adopt_loop (loop);
}

static inline void
adopt_loop_of_handle (const void *handle)
{
  if (__builtin_expect (__atomic_load_n (&adopt_is_wanted, __ATOMIC_RELAXED), false))
    adopt_loop_if_unknown (((const uv_handle_t *)handle)->loop);
}

/* It is on its way to the program's callback, and still what it was. */
void adopt_loop_of_request_slowly (const uv_req_t *request);

static inline void
adopt_loop_of_request (const void *request)
{
  if (__builtin_expect (__atomic_load_n (&adopt_is_wanted, __ATOMIC_RELAXED), false))
    adopt_loop_of_request_slowly (request);
}

/* For a handle whose operation goes on. Returns: the await, when one has begun; else 0 */
InspectObject adopt_handle (uv_handle_t *handle, Operation operation, Callback *field,
                            Callback trampoline, AdoptMode mode);
/* For a request that waits. */
InspectObject adopt_request (uv_req_t *request, Operation operation, Callback *field,
                             Callback trampoline, uv_handle_t *handle, AdoptMode mode);
bool adopt_is_active (const uv_handle_t *handle);

/* Each beside the hooks of its type; of one that is not active nothing is said. */
void adopt_async (uv_handle_t *handle, AdoptMode mode);
void adopt_check (uv_handle_t *handle, AdoptMode mode);
void adopt_close (uv_handle_t *handle, AdoptMode mode);
void adopt_fs_event (uv_handle_t *handle, AdoptMode mode);
void adopt_idle (uv_handle_t *handle, AdoptMode mode);
void adopt_poll (uv_handle_t *handle, AdoptMode mode);
void adopt_prepare (uv_handle_t *handle, AdoptMode mode);
void adopt_process (uv_handle_t *handle, AdoptMode mode);
void adopt_signal (uv_handle_t *handle, AdoptMode mode);
void adopt_stream (uv_handle_t *handle, AdoptMode mode);
void adopt_timer (uv_handle_t *handle, AdoptMode mode);
void adopt_udp (uv_handle_t *handle, AdoptMode mode);

#endif
