/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RUST_PLAN_H
#define RUST_PLAN_H

#include "debuginfo/value.h"

/* What is to be done with a value of some type, found out once for each type: whether it is a
 * coroutine, something that waits by itself, or may have one of these in it. */

G_BEGIN_DECLS

typedef struct _RustLeaf RustLeaf;

#define RUST_MAX_STEPS 24

/* An await in the source of a coroutine. */
typedef struct
{
  const char *function; /* what is awaited */
  const DebugVariant *variant;
} RustStep;

typedef struct
{
  gboolean is_coroutine;
  gboolean is_pointer; /* Pin, Box, a reference: what it leads to counts */
  gboolean is_dyn;     /* to a trait object */
  gboolean has_future; /* it is one, or one is in it */
  gboolean is_guard;
  gboolean has_guard;
  gboolean is_container;      /* a Vec and the like: what it has lies elsewhere */
  gboolean is_counted;        /* an Arc or Rc that has a guard behind it */
  const DebugMember *awaited; /* of a coroutine's form: what it waits for */
  const DebugVariant
      *beginning;        /* of a coroutine: its form before it was polled, where its function is */
  gboolean is_library;   /* of a coroutine: that function is not the program's own */
  gboolean *are_library; /* of a coroutine, by the number of its form: so is that await */
  RustStep *steps;       /* of a coroutine: the program's own awaits in the order of their lines */
  guint n_steps;
  gboolean has_steps;
  const RustLeaf *leaf;
  gboolean is_traced; /* what the crate's #[trace] makes of the body of a function (told.h) */
  gboolean is_named;  /* a future that the crate has given a name */
  gboolean is_own;    /* a future that the program itself polls by hand, */
  DebugMember poll;   /* by this function, of which it is where it is; line 0: that is not known */
  char *short_name;   /* once it was asked for */
  const DebugMember *semaphore; /* (nullable): of what acquires permits: a reference to where */
  DebugType *instant;           /* (nullable): of a timer: a time is always in it, at */
  guint64 instant_offset;
  char *function; /* of a coroutine: "fetch_posts", "Mutex::lock" */
  char *scope;    /* of a coroutine: "tokio::sync::mutex::{impl#8}" */
} RustPlan;

const RustPlan *rust_plan_get (DebugType *type);
/* The same, with what costs more to find out: the steps. */
const RustPlan *rust_plan_get_with_steps (DebugType *type);
/* What a pointer, or a struct of nothing but one, leads to; (nullable). */
DebugType *rust_plan_get_pointed (DebugType *type);
gboolean rust_variant_is_library (const RustPlan *plan, const DebugType *coroutine,
                                  const DebugVariant *variant);

/* jobs.c: whether a task's future is a job of a pool of threads; "job in read", and where its function is; (transfer full)
 * (nullable): it is none */
gboolean rust_job_is_one (DebugType *future);
char *rust_job_dup_name (DebugType *future);
char *rust_job_dup_scope (DebugType *future);

/* polls.c: where the function is that polls it; FALSE: it is a coroutine, or that is not known. "Never" or "poll_fn() in
 * wait"; (transfer full) */
gboolean rust_poll_find (DebugType *type, DebugMember *ret_place);
char *rust_poll_dup_name (DebugType *type);

/* names.c: "fetch_posts" of "app::fetch_posts::{async_fn_env#0}<u8>"; (transfer full) */
char *rust_name_dup_function (const char *type_name, const char *self_name);
char *rust_name_dup_scope (const char *type_name);
/* "fetch" of "async block in fetch" */
void rust_name_cut_block (char *function);
/* "app::fetch_posts::{{closure}}" of "app::fetch_posts::_$u7b$$u7b$closure$u7d$$u7d$"; (transfer full) */
char *rust_name_dup_readable (const char *symbol);
gboolean rust_name_is_coroutine (const char *base_name);
/* Whether @name begins with @prefix, of which the numbers in "{impl#}" and the like are left out. */
gboolean rust_name_matches (const char *name, const char *prefix);
/* own.c: (transfer full) (nullable): where the compiler of the program's own code ran; @program: its file */
char *rust_own_find_folder (DebugTypes *types, const char *program);
/* Whether what is declared there is not the program's own, and the same of a whole path. @own_folder: (nullable) */
gboolean rust_own_is_library (DebugTypes *types, const DebugMember *member);
gboolean rust_own_is_library_path (const char *own_folder, const char *path);
/* (nullable): where the file lies that declares it; lives as long as @types */
const char *rust_own_get_file (DebugTypes *types, const DebugMember *member);

G_END_DECLS

#endif
