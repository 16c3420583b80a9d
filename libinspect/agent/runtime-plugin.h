/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef INSPECT_RUNTIME_PLUGIN_H
#define INSPECT_RUNTIME_PLUGIN_H

/**
 * SECTION: runtime-plugin.h
 *
 * What a runtime plugin exports (contract C5). It lives inside programs that are not ours: it uses
 * inspect.h and, of libc, only what the agent's own baseline allows (libinspect/agent/README.md);
 * it never prints, never changes errno, allocates with mmap alone and takes no lock that the
 * program may hold.
 */

#include <stddef.h>

#include "inspect.h"

#ifdef __cplusplus
extern "C" {
#endif

#define INSPECT_RUNTIME_ABI 1u

/** One function of the runtime that is replaced in its callers. */
typedef struct
{
  const char *symbol;
  void *replacement;
  void **original; /* set before the first call of @replacement; a runtime too old to have the
                      function leaves it NULL. A symbol that the marked object does not define is
                      looked for in the whole process, also in what is loaded later: a runtime may
                      consist of several libraries. Where another plugin hooks the function already,
                      this is that plugin's replacement */
} InspectHook;

/** A word of the program's data that has the address of a function. */
typedef struct
{
  void **slot;
  void *from; /* what it has to have: it is left alone where it has another */
  void *to;
} InspectSwap;

/** What the agent lends to a plugin; valid until stop(). */
typedef struct
{
  uint32_t size;
  bool payload; /* false: record nothing that a program sends or receives */
  /* The runtime's own function of that name, NULL where it has none. Any thread. */
  void *(*lookup) (const char *symbol);
  /* Memory from the kernel, zeroed; never given back. NULL when there is none. */
  void *(*reserve) (size_t bytes);
  /* Counts an operation that is let pass uninspected (no memory, or in doubt). */
  void (*count_skipped) (void);
  /* Looks at what the program has loaded lately: callers that are new are hooked. For the rare
   * points of a runtime (a loop starts to turn, a turn ends). One load where nothing was loaded
   * within the last seconds, about a microsecond otherwise. Never loads a plugin. Any thread. */
  void (*settle) (void);
  /* The first definition of that name in the process, in the order of loading; NULL where there is
   * none. Takes the loader's lock for dl_iterate_phdr(): at start, or once. */
  void *(*lookup_global) (const char *symbol);
  /* The place of a call with the stack above it: @return_address and the frames that lead to it.
   * About 200 ns where the same stack was seen before. Falls back to inspect_location_of_call()
   * where the stack cannot be read. Any thread; not in a signal handler. */
  InspectLocationId (*stack) (const void *return_address);
  /* What a probe of the inspector (inspector-probe.h) has found out in this program for this plugin; NULL
   * where there is none. In start() alone, which it may keep waiting. @ret_size: bytes. They stay, and
   * are where they were when the same is told again. */
  const void *(*ask) (size_t *ret_size);
  /* Changes words of the data of loaded objects, also of data that is read only, each by one store. In
   * start(), stop() and give_back(). Returns: how many were changed */
  size_t (*swap) (const InspectSwap *swaps, size_t n);
} InspectAgent;

/** Where the thread stands that an inspector, which attaches or detaches, has borrowed. It stands still
 * there meanwhile: what it is in the middle of is as it left it. */
typedef struct
{
  uint32_t size;
  int32_t system_call;    /* that it is in; -1: in none */
  uint64_t arguments[6];  /* of that call */
  uint64_t registers[16]; /* in DWARF's order; of a thread within a call those that survive it */
  const uint64_t *stack;  /* what it has on its stack from there on */
  uint64_t n_words;       /* that can be read */
} InspectSite;

typedef struct
{
  uint32_t size; /* sizeof (InspectRuntimePlugin) as the plugin was compiled */
  uint32_t abi;  /* INSPECT_RUNTIME_ABI */
  const char *id;
  const InspectHook *hooks;
  uint32_t n_hooks; /* 0: it is of use where a function of needs.imports is called, whatever else there is */
  /* Called once, before any hook is set. Returns: 0; 1: nothing of it has to be hooked in this program; or
   * a negative errno to stay out. */
  int (*start) (const InspectAgent *agent);
  /* Called after the hooks are off; callbacks that are still out pass through from now on. */
  void (*stop) (void);
  /* May be NULL, as all that follows. Called in a program that ran before it was looked at, once the
   * hooks are set: reports what has been pending since before, as far as that can be found and this
   * thread may look at it, and has the callbacks of it lead to the plugin. */
  void (*adopt) (const InspectSite *site);
  /* Called before the hooks are off: gives the program its callbacks back, as far as this thread may. */
  void (*give_back) (const InspectSite *site);
  /* What the names of all functions of the runtime begin with, and no others. Where the runtime is
   * linked into the program, so that no caller has a slot, the beginnings of the functions that are
   * hooked lead to the plugin; what the runtime itself calls of them does not, which is seen by the
   * return address. NULL: such a runtime cannot be reached. */
  const char *prefix;
  /* The code of the plugin that calls originals: one function of the runtime may go on into another
   * that is hooked, with the plugin as the place to return to. No callback of the program is called
   * from there, nor at the end of a function of the plugin (-fno-optimize-sibling-calls), nor, but
   * through the plugin, by the runtime. */
  const void *calls_begin, *calls_end;
} InspectRuntimePlugin;

/** What a plugin has at least, of which these last ones are no part. */
#define INSPECT_RUNTIME_PLUGIN_SIZE offsetof (InspectRuntimePlugin, adopt)

#define INSPECT_RUNTIME_PLUGIN_SYMBOL "inspect_runtime_plugin"

/** The whole export of a plugin: `INSPECT_RUNTIME_PLUGIN (.id = "uv", .hooks = ..., ...)`. */
#define INSPECT_RUNTIME_PLUGIN(...)                                                                 \
  INSPECT_API const InspectRuntimePlugin inspect_runtime_plugin                                     \
      = { .size = sizeof (InspectRuntimePlugin), .abi = INSPECT_RUNTIME_ABI, __VA_ARGS__ }

#ifdef __cplusplus
}
#endif

#endif
