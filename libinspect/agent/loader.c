/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "agent/loader.h"

#include <string.h>

#include "agent/hooks.h"
#include "agent/libraries.h"
#include "agent/runtimes.h"
#include "agent/scan.h"

/* The loader looks at the return address of these four: whose RUNPATH to search, whose scope
 * RTLD_DEFAULT is, after whom RTLD_NEXT comes. So what stands in the program's slots is a stub that
 * asks one of the filters below and then, as if it had never been, jumps to the real function with
 * the arguments and the return address as they came. That is also what a shadow stack expects.
 *
 * The arguments are in the first three integer registers; all others, the vector registers too,
 * belong to nobody at a call. */

/* Jumped to by the stubs; set before any slot is. */
extern void *agent_loader_real[4] __attribute__ ((visibility ("hidden")));
void *agent_loader_real[4];

enum
{
  LOADER_DLOPEN = 0,
  LOADER_DLMOPEN = 1,
  LOADER_DLSYM = 2,
  LOADER_DLVSYM = 3,
};

void agent_loader_stub_dlopen (void) __attribute__ ((visibility ("hidden")));
void agent_loader_stub_dlmopen (void) __attribute__ ((visibility ("hidden")));
void agent_loader_stub_dlsym (void) __attribute__ ((visibility ("hidden")));
void agent_loader_stub_dlvsym (void) __attribute__ ((visibility ("hidden")));

void *agent_loader_filter_dlopen (const char *path, int mode)
    __attribute__ ((visibility ("hidden")));
void *agent_loader_filter_dlmopen (void) __attribute__ ((visibility ("hidden")));
void *agent_loader_filter_dlsym (void *handle, const char *name)
    __attribute__ ((visibility ("hidden")));
void *agent_loader_filter_dlvsym (void *handle, const char *name, const char *version)
    __attribute__ ((visibility ("hidden")));

/* clang-format off */
/* A filter returns NULL for "go on to the real function". FOUND says what else it returns: a
 * function to go to instead (jump), or what the caller is to get (return). */
#if defined(__x86_64__)

#define STUB(name, offset, found)                                                                  \
  __asm__ (".text\n"                                                                               \
           ".p2align 4\n"                                                                          \
           ".hidden agent_loader_stub_" name "\n"                                                  \
           ".globl agent_loader_stub_" name "\n"                                                   \
           ".type agent_loader_stub_" name ", @function\n"                                         \
           "agent_loader_stub_" name ":\n"                                                         \
           "  .cfi_startproc\n"                                                                    \
           "  endbr64\n"                                                                           \
           "  pushq %rdi\n"                                                                        \
           "  .cfi_adjust_cfa_offset 8\n"                                                          \
           "  pushq %rsi\n"                                                                        \
           "  .cfi_adjust_cfa_offset 8\n"                                                          \
           "  pushq %rdx\n" /* which aligns the stack too */                                       \
           "  .cfi_adjust_cfa_offset 8\n"                                                          \
           "  call agent_loader_filter_" name "\n"                                                 \
           "  popq %rdx\n"                                                                         \
           "  .cfi_adjust_cfa_offset -8\n"                                                         \
           "  popq %rsi\n"                                                                         \
           "  .cfi_adjust_cfa_offset -8\n"                                                         \
           "  popq %rdi\n"                                                                         \
           "  .cfi_adjust_cfa_offset -8\n"                                                         \
           "  testq %rax, %rax\n"                                                                  \
           "  jz 1f\n"                                                                             \
           "  " found "\n"                                                                         \
           "1: jmpq *agent_loader_real+" offset "(%rip)\n"                                         \
           "  .cfi_endproc\n"                                                                      \
           ".size agent_loader_stub_" name ", . - agent_loader_stub_" name "\n")

#define FOUND_JUMP "jmpq *%rax"
#define FOUND_RETURN "ret"

#elif defined(__aarch64__)

#define STUB(name, offset, found)                                                                  \
  __asm__ (".text\n"                                                                               \
           ".p2align 4\n"                                                                          \
           ".hidden agent_loader_stub_" name "\n"                                                  \
           ".globl agent_loader_stub_" name "\n"                                                   \
           ".type agent_loader_stub_" name ", %function\n"                                         \
           "agent_loader_stub_" name ":\n"                                                         \
           "  .cfi_startproc\n"                                                                    \
           "  hint #34\n" /* bti c */                                                              \
           "  stp x29, x30, [sp, #-48]!\n"                                                         \
           "  .cfi_def_cfa_offset 48\n"                                                            \
           "  .cfi_offset 29, -48\n"                                                               \
           "  .cfi_offset 30, -40\n"                                                               \
           "  mov x29, sp\n"                                                                       \
           "  stp x0, x1, [sp, #16]\n"                                                             \
           "  str x2, [sp, #32]\n"                                                                 \
           "  bl agent_loader_filter_" name "\n"                                                   \
           "  mov x16, x0\n"                                                                       \
           "  ldp x0, x1, [sp, #16]\n"                                                             \
           "  ldr x2, [sp, #32]\n"                                                                 \
           "  ldp x29, x30, [sp], #48\n"                                                           \
           "  .cfi_def_cfa_offset 0\n"                                                             \
           "  .cfi_restore 29\n"                                                                   \
           "  .cfi_restore 30\n"                                                                   \
           "  cbz x16, 1f\n"                                                                       \
           "  " found "\n"                                                                         \
           "1: adrp x16, agent_loader_real\n"                                                      \
           "  add x16, x16, :lo12:agent_loader_real\n"                                             \
           "  ldr x16, [x16, #" offset "]\n"                                                       \
           "  br x16\n"                                                                            \
           "  .cfi_endproc\n"                                                                      \
           ".size agent_loader_stub_" name ", . - agent_loader_stub_" name "\n")

#define FOUND_JUMP "br x16"
#define FOUND_RETURN "mov x0, x16\n  ret"

#endif

/* clang-format on */

STUB ("dlopen", "0", FOUND_JUMP);
STUB ("dlmopen", "8", FOUND_JUMP);
STUB ("dlsym", "16", FOUND_RETURN);
STUB ("dlvsym", "24", FOUND_RETURN);

/* ---- Filters --------------------------------------------------------------------------------- */

/* By a path that has a slash and nothing to expand the caller does not matter: then we may stand
 * between, and hook what came before the program can call it. */
static void *
open_and_settle (const char *path, int mode)
{
  void *(*real) (const char *, int) =
      (void *(*)(const char *, int))agent_loader_real[LOADER_DLOPEN];
  void *handle = real (path, mode);

  if (handle != NULL)
    agent_scan_settle_and_load ();
  return handle;
}

void *
agent_loader_filter_dlopen (const char *path, int mode)
{
  agent_scan_expect ();
  if (path != NULL && strchr (path, '/') != NULL && strchr (path, '$') == NULL)
    return (void *)open_and_settle;
  return NULL;
}

void *
agent_loader_filter_dlmopen (void)
{
  agent_scan_expect ();
  return NULL;
}

/* What the program finds itself and we find for it must be the same function: what it gets is the
 * replacement of that one, and where it gets none, it gets none. */
static void *
replace_found (const AgentHook *hook, const void *found)
{
  if (found == NULL || found != hook->original)
    return NULL;
  if (hook->runtime != AGENT_HOOK_OF_LOADER)
    agent_runtimes_reach (hook->runtime);
  return hook->replacement;
}

/* RTLD_NEXT is what interposers use, often from within malloc(): nothing is looked at for them, and
 * they get the real function, as their own callers come through a slot that has ours. */
static const AgentHook *
find_hook (const void *handle, const char *name)
{
  if (handle == RTLD_NEXT || name == NULL)
    return NULL;
  agent_scan_settle_and_load ();
  return agent_hooks_find (name);
}

void *
agent_loader_filter_dlsym (void *handle, const char *name)
{
  void *(*real) (void *, const char *) =
      (void *(*)(void *, const char *))agent_loader_real[LOADER_DLSYM];
  const AgentHook *hook = find_hook (handle, name);

  /* Where this fails it leaves an error behind; the real call that follows leaves the same. */
  return hook != NULL ? replace_found (hook, real (handle, name)) : NULL;
}

void *
agent_loader_filter_dlvsym (void *handle, const char *name, const char *version)
{
  void *(*real) (void *, const char *, const char *) =
      (void *(*)(void *, const char *, const char *))agent_loader_real[LOADER_DLVSYM];
  const AgentHook *hook = find_hook (handle, name);

  return hook != NULL ? replace_found (hook, real (handle, name, version)) : NULL;
}

/* ---- Hooks ----------------------------------------------------------------------------------- */

void
agent_loader_add_hooks (const AgentObjects *objects)
{
  const struct
  {
    const char *name;
    void *real;
    void (*stub) (void);
  } functions[] = {
    [LOADER_DLOPEN] = { "dlopen", (void *)dlopen, agent_loader_stub_dlopen },
    [LOADER_DLMOPEN] = { "dlmopen", (void *)dlmopen, agent_loader_stub_dlmopen },
    [LOADER_DLSYM] = { "dlsym", (void *)dlsym, agent_loader_stub_dlsym },
    [LOADER_DLVSYM] = { "dlvsym", (void *)dlvsym, agent_loader_stub_dlvsym },
  };
  AgentHook hooks[4];
  size_t n = 0;

  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
    {
      const AgentObject *module = agent_objects_find_address (objects, functions[i].real);

      if (functions[i].real == NULL || module == NULL)
        continue;
      agent_loader_real[i] = functions[i].real;
      hooks[n++] = (AgentHook){ .name = functions[i].name,
                                .hash = agent_object_hash_name (functions[i].name),
                                .runtime = AGENT_HOOK_OF_LOADER,
                                .replacement = (void *)functions[i].stub,
                                .original = functions[i].real,
                                .module = module->dynamic };
    }
  agent_hooks_add (hooks, n);
}
