/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A small executor of C++20 coroutines with timers and an asynchronous mutex. What async-inspect sees of it
 * comes from deriving the promise type from inspect::traced, and from four words about what is awaited.
 *
 *   cpp20-example           transfers between two accounts, and ends
 *   cpp20-example abba      two of them take the two locks in opposite orders
 *   cpp20-example lost      one waits for a coroutine that sleeps for an hour
 */

#include "inspect-coroutine.hpp"

#include <chrono>
#include <cstdio>
#include <cstring>
#include <deque>
#include <map>
#include <thread>
#include <unistd.h>

using clock_type = std::chrono::steady_clock;

/* ---- The executor ----------------------------------------------------------------------------------- */

static std::deque<std::coroutine_handle<>> ready;
static std::multimap<clock_type::time_point, std::coroutine_handle<>> sleeping;

static void
run ()
{
  while (!ready.empty () || !sleeping.empty ())
    {
      while (!ready.empty ())
        {
          auto next = ready.front ();

          ready.pop_front ();
          next.resume ();
        }
      if (sleeping.empty ())
        break;
      std::this_thread::sleep_until (sleeping.begin ()->first);
      ready.push_back (sleeping.begin ()->second);
      sleeping.erase (sleeping.begin ());
    }
}

struct Task
{
  struct promise_type : inspect::traced
  {
    std::coroutine_handle<> continuation;

    Task get_return_object () { return Task { handle_type::from_promise (*this) }; }
    std::suspend_never initial_suspend () noexcept { return {}; }
    auto
    final_suspend () noexcept
    {
      if (continuation)
        ready.push_back (continuation);
      return ends (std::suspend_always {});
    }
    void return_void () noexcept {}
    void unhandled_exception () { std::terminate (); }
  };
  using handle_type = std::coroutine_handle<promise_type>;

  handle_type handle;

  bool await_ready () const noexcept { return handle.done (); }
  void await_suspend (std::coroutine_handle<> caller) noexcept { handle.promise ().continuation = caller; }
  void await_resume () const noexcept {}
};

static InspectObject
inspect_resource (const Task &task)
{
  return inspect::task_of (task.handle);
}

/* ---- Timers ------------------------------------------------------------------------------------------ */

struct Sleep
{
  clock_type::time_point until;

  explicit Sleep (clock_type::duration time) : until (clock_type::now () + time) {}
  bool await_ready () const noexcept { return false; }
  void await_suspend (std::coroutine_handle<> caller) { sleeping.emplace (until, caller); }
  void await_resume () const noexcept {}
};

INSPECT_DEFINE_AWAIT (await_sleep, "example.sleep", "sleeping",
                      INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_TIMER);

static InspectKind *
inspect_kind (const Sleep &)
{
  return &await_sleep;
}

static std::uint64_t
inspect_due (const Sleep &sleep)
{
  return static_cast<std::uint64_t> (
      std::chrono::duration_cast<std::chrono::nanoseconds> (sleep.until.time_since_epoch ()).count ());
}

/* ---- A mutex ----------------------------------------------------------------------------------------- */

INSPECT_DEFINE_RESOURCE_FLAGS (resource_mutex, "example.mutex", "mutex", INSPECT_RESOURCE_LOCK);
INSPECT_DEFINE_KEY (key_name, INSPECT_KEY_NAME, "name", INSPECT_VALUE_TEXT);
INSPECT_DEFINE_AWAIT (await_lock, "example.lock", "waiting for a mutex",
                      INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_INTERNAL);

class Mutex
{
public:
  explicit Mutex (const char *name)
  {
    if (!inspect_is_on ())
      return;
    inspect_resource_begin (object (), INSPECT_HERE);
    inspect_attribute_bytes (object (), &key_name, name, std::strlen (name));
  }

  InspectObject object () const { return inspect_object (&resource_mutex, inspect_id_of (this)); }

  struct Lock
  {
    Mutex &mutex;
    inspect::where at;

    bool await_ready () const noexcept { return !mutex.is_taken_; }
    void await_suspend (std::coroutine_handle<> caller) { mutex.waiting_.push_back (caller); }
    void
    await_resume ()
    {
      mutex.is_taken_ = true;
      if (inspect_is_on ())
        inspect_acquire (inspect_task_current (), mutex.object (), inspect::location_of (at));
    }
  };

  Lock lock (inspect::where at = inspect::where::current ()) { return Lock { *this, at }; }

  void
  unlock ()
  {
    is_taken_ = false;
    if (inspect_is_on ())
      inspect_release (inspect_task_current (), object ());
    if (waiting_.empty ())
      return;
    ready.push_back (waiting_.front ());
    waiting_.pop_front ();
  }

private:
  bool is_taken_ = false;
  std::deque<std::coroutine_handle<>> waiting_;
};

static InspectKind *
inspect_kind (const Mutex::Lock &)
{
  return &await_lock;
}

static InspectObject
inspect_resource (const Mutex::Lock &lock)
{
  return lock.mutex.object ();
}

/* ---- The program ------------------------------------------------------------------------------------- */

using namespace std::chrono_literals;

static Task
transfer (Mutex &from, Mutex &to)
{
  co_await from.lock (); /* HOLDS: first */
  co_await Sleep (20ms);
  co_await to.lock (); /* WAITS: second */
  to.unlock ();
  from.unlock ();
}

static Task
rest (clock_type::duration time)
{
  co_await Sleep (time); /* WAITS: sleep */
}

static Task
work (clock_type::duration time)
{
  Task child = rest (time);

  co_await child; /* WAITS: child */
}

int
main (int argc, char **argv)
{
  const char *fault = argc > 1 ? argv[1] : "none";
  Mutex accounts ("accounts"), journal ("journal");

  if (std::strcmp (fault, "abba") == 0)
    {
      transfer (accounts, journal);
      transfer (journal, accounts);
      alarm (3);
      /* Somebody else still works: the program does not end. */
      work (1h);
    }
  else if (std::strcmp (fault, "lost") == 0)
    {
      alarm (3);
      work (1h);
    }
  else
    {
      transfer (accounts, journal);
      transfer (accounts, journal);
      work (30ms);
    }
  run ();
  std::puts ("done");
  return 0;
}
