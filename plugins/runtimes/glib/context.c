/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "context.h"

#include <errno.h>
#include <sys/syscall.h>

#include "funcs.h"
#include "shared/lock.h"
#include "source.h"
#include "task.h"

#define NS_PER_MS 1000000
#define NS_PER_US 1000
#define MAX_DEPTH 16u
#define OLDER_SOURCES 64u
#define ADOPTED_SOURCES 4096u
#define SETTLE_INTERVAL 64u

INSPECT_DEFINE_AWAIT (await_poll, "glib.poll", "loop waits for events, no timer is set",
                      INSPECT_AWAIT_REPEATS | INSPECT_AWAIT_LOOP);
INSPECT_DEFINE_AWAIT (await_poll_timed, "glib.poll-timed", "loop waits for events, or until {due}",
                      INSPECT_AWAIT_REPEATS | INSPECT_AWAIT_LOOP);
INSPECT_DEFINE_AWAIT (await_nested, "glib.nested-loop", "runs a main loop within a callback",
                      INSPECT_AWAIT_BLOCKS | INSPECT_AWAIT_INTERNAL);

/* The turns of a context as a task: it runs while something is dispatched, and waits in between. */
typedef struct
{
  InspectId task;     /* with a reference; INSPECT_NONE: not begun, or no memory */
  InspectObject poll; /* what it waits for between turns; 0 within one */
  InspectId before;   /* current when the turn began */
  /* The place of the last run, for one that is turned time and again from the same. */
  InspectLocationId place;
  const void *caller;
  uintptr_t frame;
} Loop;

/* One run of a context by a function of GLib. */
typedef struct
{
  uintptr_t frame; /* of the hook: what lies below an older frame has been left by a jump */
  GMainContext *context;
  const void *caller;
  InspectId before;     /* current when it was called */
  InspectObject nested; /* the await of `before`, which is in the midst of a callback; 0 */
  Loop *loop;           /* NULL: not followed */
  Loop own;
  InspectId dispatched;    /* whose source is being dispatched, INSPECT_NONE */
  InspectLocationId place; /* of the callback that was dispatched last */
  bool stops_outer;        /* the turn of the outer one goes on afterwards */
  bool stops_dispatch;     /* and so does the poll of what it dispatched */
  bool is_held;
  bool is_run; /* by g_main_loop_run() */
} Turn;

typedef struct Turns Turns;
struct Turns
{
  Turns *next_free;
  uint32_t n;
  uint32_t n_settled;
  Turn turn[MAX_DEPTH];
};

/* The only thread-local variable, as in libinspect: a library that is loaded late has little room
 * for them. NULL while this thread runs nothing. */
static __thread Turns *turns __attribute__ ((tls_model ("initial-exec")));
static Turns *free_turns;
static Lock lock;

/* Of the default context, for good: a GApplication turns it by one
 * g_main_context_iteration() after the other. Used by whoever owns the context. */
static Loop default_loop;
static bool has_met_older;
static bool has_default;

/* ---- Contexts -------------------------------------------------------------------------------- */

/* The default context is made when it is first asked for, and never by us. */
static bool
is_default (const GMainContext *context)
{
  return __atomic_load_n (&has_default, __ATOMIC_RELAXED) && context == plugin.default_context ();
}

GMainContext *
context_or_default (GMainContext *context)
{
  if (context != NULL)
    return context;
  if (!__atomic_load_n (&has_default, __ATOMIC_RELAXED))
    __atomic_store_n (&has_default, true, __ATOMIC_RELAXED);
  return plugin.default_context ();
}

InspectObject
context_resource (GMainContext *context)
{
  return inspect_object (&resource_context, inspect_id_of (context));
}

/* ---- Turns ----------------------------------------------------------------------------------- */

static Turns *
get_turns (void)
{
  Turns *got = turns;

  if (got != NULL)
    return got;
  lock_enter (&lock);
  got = free_turns;
  if (got != NULL)
    free_turns = got->next_free;
  lock_leave (&lock);
  if (got == NULL)
    got = plugin.agent.reserve (sizeof *got);
  if (got != NULL)
    got->n = 0;
  turns = got;
  return got;
}

static void
put_turns (Turns *got)
{
  turns = NULL;
  lock_enter (&lock);
  got->next_free = free_turns;
  free_turns = got;
  lock_leave (&lock);
}

/* Its turn is over, it waits for @kind. */
static void
suspend (const Turn *turn, InspectKind *kind)
{
  Loop *loop = turn->loop;

  loop->poll = inspect_object (kind, inspect_id_of (turn->context));
  inspect_await_suspend (loop->task, loop->poll, 0, loop->before);
}

static void
resume (Loop *loop)
{
  loop->before = inspect_await_resume (loop->task, loop->poll, 0);
  loop->poll = 0;
}

/* The callback that runs, and the turn that it is part of, stand still while an inner loop runs. What
 * runs may be another task than the one whose source was dispatched: a completion that is brought to
 * whoever asked. */
static void
begin_nested (Turn *outer, Turn *turn)
{
  turn->nested = inspect_object (&await_nested, inspect_id_of (turn));
  inspect_await_suspend (turn->before, turn->nested, plugin_place (turn->caller), INSPECT_NONE);
  /* Held by this very thread, as soon as it waits or dispatches: so it turns within the call. */
  inspect_attribute (turn->nested, &key_resource, context_resource (turn->context));
  if (outer->dispatched == INSPECT_NONE)
    return;
  turn->stops_dispatch = outer->dispatched != turn->before;
  if (turn->stops_dispatch)
    inspect_poll_end (outer->dispatched, INSPECT_NONE);
  if (outer->loop == NULL || outer->loop->poll != 0)
    return;
  suspend (outer, &await_poll);
  turn->stops_outer = true;
  if (turn->context == outer->context)
    turn->loop = outer->loop;
}

static void
end_nested (Turn *outer, Turn *turn)
{
  if (turn->stops_outer)
    resume (outer->loop);
  if (turn->stops_dispatch)
    inspect_poll_begin (outer->dispatched, 0, 0);
  inspect_await_resume (turn->before, turn->nested, 0);
}

/* Ends what is said of it. */
static void
finish (Turn *turn)
{
  bool is_on = plugin_is_on ();

  if (turn->loop != NULL && turn->loop->poll == 0 && is_on)
    suspend (turn, &await_poll);
  if (turn->loop == &turn->own)
    {
      if (is_on)
        inspect_await_end (turn->own.task, turn->own.poll, -ECANCELED);
      task_unref (turn->own.task);
    }
  if (turn->is_held && is_on)
    inspect_release (turn->before, context_resource (turn->context));
  if (turn->nested != 0 && is_on)
    end_nested (turn - 1, turn);
}

/* The stack grows down: who is called now has a lower frame than whoever is still running. */
static void
drop_left (Turns *all, uintptr_t frame)
{
  while (all->n > 0 && all->turn[all->n - 1].frame <= frame)
    finish (&all->turn[--all->n]);
}

static Turn *
innermost (void)
{
  return turns != NULL && turns->n > 0 ? &turns->turn[turns->n - 1] : NULL;
}

/* Sources of the default context that were attached before anybody looked have small numbers. */
static void
meet_older (void)
{
  for (guint id = 1; id <= OLDER_SOURCES; id++)
    {
      GSource *source = plugin.find_source (NULL, id);

      if (source != NULL && funcs_follow (source->source_funcs))
        {
          SourceFacts facts = source_read (source, NULL);

          source_begin (source, &facts, 0);
        }
    }
}

/* Whether the thread sleeps in a poll: as the owner of a context it has given its lock back. */
static bool
is_poll (const InspectSite *site)
{
#ifdef SYS_poll
  /* The second is one that was broken off before, by an inspector, and goes on. */
  if (site->system_call == SYS_poll || site->system_call == SYS_restart_syscall)
    return true;
#endif
  return site->system_call == SYS_ppoll;
}

/* The function that GLib itself would find. Callbacks of another sort are asked by code that need not
 * be libglib's. */
static Callback
read_callback (GSource *source)
{
  GSourceCallbackFuncs *funcs = source->callback_funcs;
  GSourceFunc function = NULL;
  gpointer data = NULL;

  if (funcs == NULL || funcs->get == NULL ||
      !funcs_is_of_glib ((const void *)(uintptr_t)funcs->get))
    return NULL;
  funcs->get (source->callback_data, source, &function, &data);
  return (Callback)function;
}

static void
adopt_source (GSource *source)
{
  SourceFacts facts;
  Callback function;

  if (!funcs_follow (source->source_funcs))
    return;
  source_renew (source);
  facts = source_read (source, NULL);
  function = read_callback (source);
  facts.callback = function;
  if (function == NULL)
    function = funcs_get_original ((Callback)source->source_funcs->dispatch);
  source_begin (source, &facts, inspect_location_of_function ((const void *)function));
}

void
context_adopt (const InspectSite *site)
{
  GMainContext *context;

  if (!is_poll (site))
    return;
  /* Who owns a context in a poll, owns one; that there is a default one does no harm to ask for then. */
  context = plugin.default_context ();
  if (!plugin.is_owner (context))
    return;
  context_or_default (NULL);
  plugin.is_adopting = true;
  for (guint id = 1; id <= ADOPTED_SOURCES; id++)
    {
      GSource *source = plugin.find_source (NULL, id);

      if (source != NULL)
        adopt_source (source);
    }
  plugin.is_adopting = false;
  __atomic_store_n (&has_met_older, true, __ATOMIC_RELAXED);
}

static void
begin_loop (Turn *turn, bool of_default, InspectLocationId where)
{
  Loop *loop = of_default ? &default_loop : &turn->own;

  if (!task_is_ours (loop->task))
    {
      loop->task = task_begin (TASK_LOOP, INSPECT_NONE, where);
      if (loop->task == INSPECT_NONE)
        return;
      loop->poll = inspect_object (&await_poll, inspect_id_of (turn->context));
      inspect_task_set_name (loop->task, of_default ? "main loop" : "loop of a main context");
      inspect_await_begin (loop->task, loop->poll, where);
      inspect_attribute (loop->poll, &key_loop, context_resource (turn->context));
    }
  turn->loop = loop;
}

static InspectLocationId
place_of (const Turn *turn, bool of_default)
{
  if (!of_default || turn != &turns->turn[0])
    return plugin_place (turn->caller);
  if (default_loop.caller != turn->caller || default_loop.frame != turn->frame)
    {
      default_loop.place = plugin_place (turn->caller);
      default_loop.caller = turn->caller;
      default_loop.frame = turn->frame;
    }
  return default_loop.place;
}

/* The context is this thread's from here on: it waits, or dispatches. Inner turns of a context are
 * part of one of the outer's. */
static void
hold (Turn *turn)
{
  bool of_default;
  InspectLocationId where;

  if (turn->is_held)
    return;
  turn->is_held = true;
  of_default = is_default (turn->context);
  where = place_of (turn, of_default);
  inspect_acquire (turn->before, context_resource (turn->context), where);
  if (turn->loop == NULL && turn == &turns->turn[0] && (turn->is_run || of_default))
    begin_loop (turn, of_default, where);
  if (of_default && !__atomic_exchange_n (&has_met_older, true, __ATOMIC_RELAXED))
    meet_older ();
}

/* Looking for new callers is too dear for each turn, soon after something was loaded. */
static void
settle (Turns *all)
{
  if (all->n_settled++ % SETTLE_INTERVAL == 0 && plugin.agent.settle != NULL)
    plugin.agent.settle ();
}

/* Returns: the turn, NULL when it is not followed */
static Turn *
turn_begin (GMainContext *context, bool waits, const void *caller, uintptr_t frame)
{
  Turns *all;
  Turn *turn;

  if (!plugin_is_on () || (all = get_turns ()) == NULL)
    return NULL;
  drop_left (all, frame);
  if (all->n == MAX_DEPTH)
    {
      plugin.agent.count_skipped ();
      return NULL;
    }
  turn = &all->turn[all->n++];
  *turn = (Turn){
    .frame = frame, .context = context, .caller = caller, .before = inspect_task_current ()
  };
  if (waits && all->n > 1 && task_is_ours (turn->before))
    begin_nested (turn - 1, turn);
  else if (turn->before != INSPECT_NONE)
    inspect_task_enter (INSPECT_NONE);
  settle (all);
  return turn;
}

static void
turn_end (Turn *turn, uintptr_t frame)
{
  Turns *all = turns;
  InspectId before;

  /* A coroutine may have come back after others took it for left. */
  if (turn == NULL || all == NULL || turn < all->turn || turn >= all->turn + all->n ||
      turn->frame != frame)
    return;
  before = turn->before;
  while (&all->turn[all->n - 1] != turn)
    finish (&all->turn[--all->n]); /* an inner one that was left by a jump */
  finish (turn);
  all->n--;
  if (before != INSPECT_NONE)
    inspect_task_enter (before);
  if (all->n == 0)
    put_turns (all);
}

bool
context_is_here (GMainContext *context)
{
  const Turn *turn = innermost ();

  return turn != NULL && turn->context == context;
}

InspectId
context_dispatches (GMainContext *context, InspectId task, InspectLocationId place)
{
  Turn *turn = innermost ();
  InspectId outer;

  if (turn == NULL || turn->context != context)
    return INSPECT_NONE;
  hold (turn);
  if (turn->loop != NULL && turn->loop->poll != 0)
    resume (turn->loop);
  outer = turn->dispatched;
  turn->dispatched = task;
  turn->place = place;
  return outer;
}

void
context_dispatched (GMainContext *context, InspectId outer)
{
  Turn *turn = innermost ();

  if (turn != NULL && turn->context == context)
    turn->dispatched = outer;
}

InspectLocationId
context_place_of_call (const void *caller)
{
  const Turn *turn = innermost ();

  return turn != NULL && turn->place != 0 && funcs_is_of_glib (caller) ? turn->place
                                                                       : plugin_place (caller);
}

/* ---- Polling --------------------------------------------------------------------------------- */

/* In the place of GLib's own poll function, never of one that the program has set. A turn in which
 * something was dispatched ends here. */
static gint
poll_function (GPollFD *fds, guint n_fds, gint timeout)
{
  Turn *turn = innermost ();
  uint64_t cost;

  if (turn == NULL || !plugin_is_on ())
    return plugin.poll (fds, n_fds, timeout);
  cost = inspect_cost_begin ();
  if (timeout != 0)
    hold (turn);
  settle (turns);
  if (turn->loop != NULL && turn->loop->poll == 0)
    {
      bool is_timed = timeout > 0;

      suspend (turn, is_timed ? &await_poll_timed : &await_poll);
      if (is_timed)
        inspect_attribute (turn->loop->poll, &key_due,
                           (uint64_t)plugin.now_us () * NS_PER_US + (uint64_t)timeout * NS_PER_MS);
    }
  cost_end (cost);
  return plugin.poll (fds, n_fds, timeout);
}

/* Only where GLib's own is in use: what the program asks for must be what it has set. */
static void
set_poll_function (GMainContext *context)
{
  if (real_g_main_context_get_poll_func != NULL &&
      real_g_main_context_get_poll_func (context) == plugin.poll)
    plugin.set_poll_func (context, poll_function);
}

GPollFunc
hook_g_main_context_get_poll_func (GMainContext *context)
{
  GPollFunc function = real_g_main_context_get_poll_func (context);

  return function == poll_function ? plugin.poll : function;
}

/* ---- Runs ------------------------------------------------------------------------------------ */

#define FRAME ((uintptr_t)__builtin_frame_address (0))

void
hook_g_main_loop_run (GMainLoop *loop)
{
  Turn *turn = NULL;

  if (loop != NULL && plugin_is_on ())
    {
      GMainContext *context = plugin.loop_context (loop);

      set_poll_function (context);
      turn = turn_begin (context, true, CALLER, FRAME);
      if (turn != NULL)
        turn->is_run = true;
    }
  real_g_main_loop_run (loop);
  turn_end (turn, FRAME);
}

gboolean
hook_g_main_context_iteration (GMainContext *context, gboolean may_block)
{
  Turn *turn = NULL;
  gboolean has_dispatched;

  if (plugin_is_on ())
    {
      GMainContext *turned = context_or_default (context);

      set_poll_function (turned);
      turn = turn_begin (turned, may_block, CALLER, FRAME);
    }
  has_dispatched = real_g_main_context_iteration (context, may_block);
  turn_end (turn, FRAME);
  return has_dispatched;
}

void
hook_g_main_context_dispatch (GMainContext *context)
{
  Turn *turn =
      plugin_is_on () ? turn_begin (context_or_default (context), false, CALLER, FRAME) : NULL;

  real_g_main_context_dispatch (context);
  turn_end (turn, FRAME);
}

/* ---- For tests ------------------------------------------------------------------------------- */

void
context_forget (void)
{
  if (default_loop.task != INSPECT_NONE && plugin_is_on ())
    inspect_await_end (default_loop.task, default_loop.poll, -ECANCELED);
  task_unref (default_loop.task);
  default_loop = (Loop){ 0 };
}
