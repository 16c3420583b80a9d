/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef INSPECT_COROUTINE_HPP
#define INSPECT_COROUTINE_HPP

/**
 * C++20 coroutines: derive your promise type from inspect::traced, and each coroutine is a task of
 * async-inspect, each co_await an await with its line.
 *
 *     struct Task {
 *       struct promise_type : inspect::traced {
 *         ...
 *         std::suspend_never initial_suspend () noexcept { return {}; }      as before, or: starts (...)
 *         auto final_suspend () noexcept { return ends (std::suspend_always {}); }
 *       };
 *     };
 *
 * The promise is what stands for the task. A promise type that has an await_transform() of its own calls
 * trace() there. Optional words about an awaitable, found by argument-dependent lookup:
 *
 *     InspectKind *inspect_kind (const Sleep &);          how it reads: "sleeping", and how it behaves
 *     InspectObject inspect_resource (const Lock &);      what it waits for: a resource, or a task's id
 *     std::uint64_t inspect_due (const Sleep &);          when a timer is due, CLOCK_MONOTONIC nanoseconds
 *
 * While nobody looks it costs a load and a branch for each co_await; with -DINSPECT_DISABLE it is empty.
 */

#include <atomic>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <inspect-keys.h>
#include <inspect.h>

namespace inspect
{

/* ---- Places --------------------------------------------------------------------------------------- */

/** A line of the source: what std::source_location is, and with functions by their bare names. */
struct where
{
  const char *file;
  const char *function;
  std::uint32_t line;

  static constexpr where
  current (const char *file = __builtin_FILE (), const char *function = __builtin_FUNCTION (),
           std::uint32_t line = __builtin_LINE ()) noexcept
  {
    return { file, function, line };
  }
};

namespace detail
{

/* A place is registered once. Where a default argument was made is no static data, so places that were seen
 * are kept here; where there is no room the later one has none. */
struct place
{
  std::atomic<const char *> file { nullptr };
  std::uint32_t line = 0;
  InspectLocation location {};
  std::atomic<bool> is_ready { false };
};

inline constexpr std::size_t n_places = 1024;
inline place places[n_places];

} // namespace detail

/** Its number, for inspect_acquire() and the like. */
inline InspectLocationId
location_of (const where &at) noexcept
{
  using namespace detail;
  std::size_t hash =
      (reinterpret_cast<std::uintptr_t> (at.file) >> 3) * 31 + at.line * 2654435761u;

  for (std::size_t i = 0; i < 8; i++)
    {
      place &slot = places[(hash + i) % n_places];
      const char *free_slot = nullptr;

      if (slot.is_ready.load (std::memory_order_acquire))
        {
          if (slot.file.load (std::memory_order_relaxed) == at.file && slot.line == at.line)
            return inspect_location_id (&slot.location);
        }
      else if (slot.file.compare_exchange_strong (free_slot, at.file))
        {
          slot.line = at.line;
          slot.location = { at.file, at.function, at.line, 0 };
          slot.is_ready.store (true, std::memory_order_release);
          return inspect_location_id (&slot.location);
        }
    }
  return 0;
}

/* ---- Awaitables ----------------------------------------------------------------------------------- */

namespace detail
{

INSPECT_DEFINE_AWAIT (await_any, "c++.co-await", "awaiting", INSPECT_AWAIT_ONESHOT);
INSPECT_DEFINE_AWAIT (await_task, "c++.task", "waiting for a coroutine to return",
                      INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_INTERNAL);
INSPECT_DEFINE_KEY (key_resource, INSPECT_KEY_RESOURCE, "resource", INSPECT_VALUE_OBJECT);
INSPECT_DEFINE_KEY (key_due, INSPECT_KEY_DUE, "due", INSPECT_VALUE_TIME);

template <class A>
InspectKind *
kind_of (const A &awaitable)
{
  if constexpr (requires { inspect_kind (awaitable); })
    return inspect_kind (awaitable);
  else if constexpr (requires { inspect_resource (awaitable); })
    return inspect_resource (awaitable) >> 48 == 0 ? &await_task : &await_any;
  else
    return &await_any;
}

template <class A>
void
describe (const A &awaitable, InspectObject await)
{
  if constexpr (requires { inspect_resource (awaitable); })
    if (InspectObject resource = inspect_resource (awaitable); resource != 0)
      inspect_attribute (await, &key_resource, resource);
  if constexpr (requires { inspect_due (awaitable); })
    inspect_attribute (await, &key_due, inspect_due (awaitable));
}

template <class A>
decltype (auto)
get_awaiter (A &&awaitable)
{
  if constexpr (requires { std::forward<A> (awaitable).operator co_await (); })
    return std::forward<A> (awaitable).operator co_await ();
  else if constexpr (requires { operator co_await (std::forward<A> (awaitable)); })
    return operator co_await (std::forward<A> (awaitable));
  else
    return std::forward<A> (awaitable);
}

} // namespace detail

class traced;

/* What a co_await of a traced coroutine awaits: the awaitable, and a word before and after. */
template <class A, class Awaiter>
class traced_awaiter
{
public:
  traced_awaiter (traced *promise, A &&awaitable, const where &at)
      : promise_ (promise), awaitable_ (std::forward<A> (awaitable)),
        awaiter_ (detail::get_awaiter (std::forward<A> (awaitable_))), where_ (at)
  {
  }

  bool
  await_ready ()
  {
    return awaiter_.await_ready ();
  }

  /* Before it is handed over: from then on another thread may resume it. */
  template <class Promise>
  auto
  await_suspend (std::coroutine_handle<Promise> handle)
  {
    begin ();
    if constexpr (std::is_same_v<decltype (awaiter_.await_suspend (handle)), bool>)
      {
        bool suspends = awaiter_.await_suspend (handle);

        if (!suspends)
          end ();
        return suspends;
      }
    else
      return awaiter_.await_suspend (handle);
  }

  decltype (auto)
  await_resume ()
  {
    end ();
    return awaiter_.await_resume ();
  }

private:
  void begin ();
  void end ();

  traced *promise_;
  A awaitable_;
  Awaiter awaiter_;
  where where_;
  InspectObject await_ = 0;
};

/* ---- Promises ------------------------------------------------------------------------------------- */

/**
 * The base of a promise type. The coroutine that makes it is its parent.
 */
class traced
{
public:
  traced (const traced &) = delete;
  traced &operator= (const traced &) = delete;

  /** The id of the task, for inspect_acquire() and the like, and as what others wait for. */
  InspectId
  inspect_id () const noexcept
  {
    return inspect_id_of (this);
  }

  /** Names the task; else it is called as the function that awaits first. */
  void
  set_name (const char *name) noexcept
  {
    INSPECT_TASK_NAME (inspect_id (), name);
  }

  template <class A>
  auto
  await_transform (A &&awaitable,
                   const where &at = where::current ())
  {
    return trace (std::forward<A> (awaitable), at);
  }

protected:
  traced () noexcept
  {
    if (!inspect_is_on ())
      return;
    is_told_ = true;
    parent_ = inspect_task_current ();
    /* Its body runs on where it was called; an initial_suspend() that waits says so by starts(). */
    inspect_task_begin (inspect_id (), parent_, 0);
    previous_ = inspect_poll_begin (inspect_id (), 0, 0);
    is_polled_ = true;
  }

  ~traced () { finish (); }

  /** For an await_transform() of one's own. */
  template <class A>
  auto
  trace (A &&awaitable, const where &at = where::current ())
  {
    using awaiter = decltype (detail::get_awaiter (std::forward<A> (awaitable)));

    return traced_awaiter<A, awaiter> (this, std::forward<A> (awaitable), at);
  }

  /** What initial_suspend() returns, where it suspends: the task runs once it is resumed. */
  template <class A>
  auto
  starts (A &&awaitable, const where &at = where::current ())
  {
    return trace (std::forward<A> (awaitable), at);
  }

  /** What final_suspend() returns: the task has ended, though its frame may live on. */
  template <class A>
  A
  ends (A &&awaitable) noexcept
  {
    finish ();
    return std::forward<A> (awaitable);
  }

private:
  template <class A, class Awaiter>
  friend class traced_awaiter;

  void
  finish () noexcept
  {
    if (!is_told_)
      return;
    is_told_ = false;
    if (is_polled_)
      inspect_poll_end (inspect_id (), previous_);
    inspect_task_end (inspect_id (), 0);
  }

  InspectId parent_ = INSPECT_NONE, previous_ = INSPECT_NONE;
  bool is_told_ = false, is_polled_ = false;
};

template <class A, class Awaiter>
void
traced_awaiter<A, Awaiter>::begin ()
{
  InspectId task = promise_->inspect_id ();

  if (!inspect_is_on () || !promise_->is_told_)
    return;
  await_ = inspect_object (detail::kind_of (awaitable_), task);
  inspect_await_begin (task, await_, location_of (where_));
  detail::describe (awaitable_, await_);
  inspect_poll_end (task, promise_->previous_);
  promise_->is_polled_ = false;
}

template <class A, class Awaiter>
void
traced_awaiter<A, Awaiter>::end ()
{
  if (await_ == 0)
    return;
  promise_->previous_ =
      inspect_await_resume (promise_->inspect_id (), await_, location_of (where_));
  promise_->is_polled_ = true;
  await_ = 0;
}

/** The task that a coroutine is, of a promise type that is traced: for inspect_resource(). */
template <class Promise>
InspectObject
task_of (std::coroutine_handle<Promise> handle) noexcept
{
  return handle ? handle.promise ().inspect_id () : 0;
}

} // namespace inspect

#endif
