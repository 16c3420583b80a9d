/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef EMIT_PROCESS_H
#define EMIT_PROCESS_H

/* What libinspect.so offers to the agent alone (symbol version LIBINSPECT_PRIVATE): the channel of
 * this process as a whole. A program that embeds libinspect needs none of it: libinspect.so starts
 * by itself where the environment names an inspector. */

#include "inspect.h"
#include "channel/handshake.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The agent defines it, with any value: its presence keeps libinspect.so from opening a channel
 * when it is loaded, for the agent decides that once it has seen a runtime. Where the program
 * itself links libinspect.so the channel is opened all the same. */
extern const char inspect_private_agent INSPECT_API __attribute__ ((weak));

/* Opens the channel that the environment asks for and then the gate. Idempotent; opens again after
 * emit_process_stop(). One thread at a time. Returns: 0; -ENOENT: nobody asks, or this program runs
 * with raised privileges; -ECANCELED: this is a fork that had to stay without; else why there is no
 * channel (the inspector was told). */
INSPECT_API int emit_process_start (void);
/* Closes the gate and marks the channel as left in order. Records that are under way still land. */
INSPECT_API void emit_process_stop (void);
/* Waits until the inspector has armed its breakpoints: where the option "hold" asks for that, and no
 * longer than 10 s. Before the program begins, when its modules are described. */
INSPECT_API void emit_process_hold (void);
/* True between the two. */
INSPECT_API bool emit_process_is_started (void);

/* Tell the inspector, whether or not there is a channel; they never wait. @detail is cut to fit. */
INSPECT_API void emit_process_refuse (ChannelRefusal reason, const char *runtime,
                                      const char *detail);
INSPECT_API void emit_process_report_runtime (const char *runtime, const char *detail);

/* What the inspector's probes have found out in this program for that runtime plugin. Waits for it: for
 * the start of a program, or while an inspector attaches. False: nothing. @ret_bytes: for good */
INSPECT_API bool emit_process_ask (const char *runtime, const void **ret_bytes, size_t *ret_size);

/* Names the inspector of a program that runs already, in the place of the environment. @socket:
 * connected to it, for the messages of this very thread's next calls; -1: none. @path: for those of
 * later, and of forks; "": there will be none. Before emit_process_start(). Returns: 0 or -EINVAL */
INSPECT_API int emit_process_name_inspector (int socket, const char *path, const char *options);
/* No message goes through that socket any more; it is the caller's to close. */
INSPECT_API void emit_process_close_inspector_socket (void);

/* getenv() that also works in a constructor that runs before libc's own (glibc before 2.32 with an
 * object that does not name libc). NULL in a program with raised privileges. */
INSPECT_API const char *emit_process_getenv (const char *name);
/* An option of CHANNEL_ENV_OPTIONS as a number; @fallback where it is missing or no number. */
INSPECT_API uint64_t emit_process_option (const char *name, uint64_t fallback);

/* Describes a loaded object. Describing it again changes nothing. @path: "" for the vdso. */
INSPECT_API void emit_module_add (const char *path, uint64_t start, uint64_t end, uint64_t bias,
                                  const uint8_t *build_id, size_t length);
/* Two words of this thread, for what is known of where its stack lies; 0 when it takes its ring, and
 * in the child of a fork. NULL for a thread that has no ring. */
INSPECT_API uint64_t *emit_thread_get_stack_limits (void);
/* Counts an operation that passed uninspected. */
INSPECT_API void emit_count_skipped (void);
/* Counts CPU time that inspection took of this process outside of hooks, in nanoseconds. */
INSPECT_API void emit_count_setup (uint64_t ns);

#ifdef __cplusplus
}
#endif

#endif
