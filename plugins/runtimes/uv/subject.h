/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UV_SUBJECT_H
#define UV_SUBJECT_H

/* What every hook and every trampoline does, for the two sorts of subject.
 *
 * A request is a one-shot: request_begin() before libuv is called, request_begun() with what it
 * said, request_take() when the callback comes. Its record rests before the program's callback
 * runs, which may free the request or use it again.
 *
 * A handle has at most one operation that goes on (listening, reading, a timer ...) and its close;
 * handle_begin() and handle_begun() around the start, handle_end() when it is stopped,
 * handle_fire() at each callback. Its record lives from its birth, or the first time that it is
 * seen, to its close callback.
 *
 * None calls the program. */

#include "table.h"
#include "task.h"

/* The task that an operation belongs to, with a reference; see README.md, "The task rule".
 * @handle, @record and @request may be NULL. */
InspectId task_of_operation (uv_handle_t *handle, Record *record, const uv_req_t *request,
                             InspectLocationId where);

/* ---- A callback of the program, in a poll ---------------------------------------------------- */

typedef struct
{
  Callback callback; /* to be called if it is not NULL */
  Callback work;
  InspectLocationId place; /* of `callback` */
  InspectObject await;
  InspectId task; /* with a reference; INSPECT_NONE: no poll */
  InspectId previous;
  uint64_t cost;
} Firing;

/* Its await ends with @status and the poll begins, in one record where that can be; without a
 * callback there is no poll. The await's reference becomes the poll's. */
void firing_resume (Firing *firing, int status);
/* After the program's callback has returned. Touches neither handle nor request. */
void firing_end (Firing *firing);

/* ---- Requests -------------------------------------------------------------------------------- */

typedef struct
{
  InspectObject await;
  InspectId task;
  uint64_t cost;
} Starting;

/* @handle: what it is on, or NULL; @loop: the loop, where there is no handle. The await has begun
 * and its attributes can follow; request_pass() goes right before the original's call.
 * Returns: false to pass on the program's own callback. */
bool request_begin (Starting *starting, uv_req_t *request, Operation operation, Callback callback,
                    Callback work, uv_handle_t *handle, const uv_loop_t *loop, const void *caller);
void request_pass (Starting *starting);
/* @status: what the original returned; on a failure nothing is pending any more. */
void request_begun (Starting *starting, uv_req_t *request, int status);

/* The completion of @request: its await ends with @status, its task's poll begins. Callbacks that
 * note more of the await do it between request_take() and request_resume(). */
void request_take (Firing *firing, const void *request);
void request_resume (Firing *firing, int status);
/* ---- Handles --------------------------------------------------------------------------------- */

typedef struct
{
  Record *record;
  Callback before; /* what a failing start leaves in place */
  InspectLocationId where;
  uint64_t cost;
} HandleStart;

/* Before the original's call: the program's callback is @callback and libuv gets @trampoline.
 * Returns: false to pass on the program's own callback. */
bool handle_begin (HandleStart *start, uv_handle_t *handle, uv_handle_type type, Callback callback,
                   Callback trampoline, const void *caller);
/* After it. Returns: the await, when one has begun whose attributes are to be said; else 0 */
InspectObject handle_begun (HandleStart *start, uv_handle_t *handle, Operation operation,
                            int status);
/* The last thing in a hook that called handle_begin(). */
void handle_done (HandleStart *start);

/* Whether libuv ignores that a loop hook or file poll is started again. */
bool handle_is_active (const uv_handle_t *handle);

/* The operation was stopped: its await ends with @status. */
void handle_end (uv_handle_t *handle, int status);

typedef enum
{
  FIRE_AGAIN, /* the await goes on */
  FIRE_LAST,  /* and ends */
  FIRE_IDLE,  /* the callback runs, but for nothing that was waited for */
} FireMode;

/* The callback of @handle's operation begins. @status: with FIRE_LAST, how the await ends; with
 * FIRE_AGAIN, bytes that were transferred, if positive. */
void handle_fire (Firing *firing, const void *handle, FireMode mode, int64_t status);

/* A record is over whose memory the program has used for something else. */
void handle_forget (const void *handle);
/* The record of a live handle, made if this is the first time that it is seen. */
Record *handle_record (uv_handle_t *handle);
/* Says which loop and descriptor the resource has, once. */
void handle_describe (uv_handle_t *handle, Record *record);
/* The listener's callback, or whatever accepted @client: it is a task of its own. */
void handle_accepted (uv_handle_t *server, uv_handle_t *client, const void *caller);

#endif
