/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef AGENT_LIBRARIES_H
#define AGENT_LIBRARIES_H

/* What the agent needs from others and can do without: the loader's functions, which are in libdl
 * where glibc is older than 2.34 and then not in every process, and libinspect's private ones,
 * which a program's own, older libinspect.so.0 may lack. A strong reference would keep the program
 * from starting. Include it before anything uses them. */

#include <dlfcn.h>
#include <link.h>
#include "emit/process.h"

#pragma weak dl_iterate_phdr
#pragma weak dlopen
#pragma weak dlmopen
#pragma weak dlsym
#pragma weak dlvsym
#pragma weak dlerror

/* What glibc before 2.34 has instead in a process without libdl; gone since. */
extern void *__libc_dlopen_mode (const char *path, int mode) __attribute__ ((weak));
extern void *__libc_dlsym (void *handle, const char *name) __attribute__ ((weak));

#pragma weak emit_count_setup
#pragma weak emit_count_skipped
#pragma weak emit_process_ask
#pragma weak emit_process_close_inspector_socket
#pragma weak emit_process_name_inspector
#pragma weak emit_module_add
#pragma weak emit_process_getenv
#pragma weak emit_process_hold
#pragma weak emit_process_is_started
#pragma weak emit_process_option
#pragma weak emit_process_refuse
#pragma weak emit_process_report_runtime
#pragma weak emit_process_start
#pragma weak emit_process_stop
#pragma weak emit_thread_get_stack_limits
#pragma weak inspect_location_of_call
#pragma weak inspect_location_of_stack

static inline bool
agent_libraries_are_complete (void)
{
  return dl_iterate_phdr != NULL && emit_count_setup != NULL && emit_count_skipped != NULL &&
         emit_module_add != NULL && emit_process_getenv != NULL &&
         emit_process_is_started != NULL &&
         emit_process_option != NULL && emit_process_refuse != NULL &&
         emit_process_report_runtime != NULL && emit_process_start != NULL &&
         emit_process_stop != NULL && emit_thread_get_stack_limits != NULL &&
         inspect_location_of_call != NULL && inspect_location_of_stack != NULL;
}

#endif
