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
